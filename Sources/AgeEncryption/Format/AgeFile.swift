/// What a sealed file says without a key.
public struct AgeFile: Hashable, Sendable {
    /// Types of the recipients in the header: `X25519`, `ssh-ed25519`, `scrypt`, or of a kind that is not known here.
    public let kinds: [String]
    /// Bytes of the header, with the payload's nonce.
    public let headCount: Int
    private let header: Header

    /// Reads the header at the start of `bytes`; what follows is not looked at. Throws ``AgeError``.
    public init(parsing bytes: some Collection<UInt8>) throws(AgeError) {
        var reader = HeaderReader()
        var count = 0
        var rest = Array(bytes.prefix(Header.limit))[...]
        while let end = rest.firstIndex(of: 10) {
            let line = Array(rest[..<end])
            count += line.count + 1
            if let header = try reader.read(line) {
                self.header = header
                kinds = header.stanzas.map(\.type)
                headCount = count + ChunkCipher.nonceCount
                return
            }
            rest = rest[(end + 1)...]
        }
        throw AgeError(.truncated, "the file ends within its header")
    }

    /// Whether an identity opens it, by its header alone, whose authentication must hold. Throws ``AgeError`` for one that
    /// was changed or contradicts itself.
    public func opens(with identity: AgeIdentity) throws(AgeError) -> Bool {
        do {
            _ = try AgeKey.identities([identity]).fileKey(of: header)
            return true
        } catch {
            if error.code == .noIdentity { return false }
            throw error
        }
    }

    /// Whether it is sealed to this ssh key, which a header names by four bytes of a hash; age's own are not named.
    public func names(_ recipient: AgeRecipient) -> Bool {
        guard case .ssh(let key, _) = recipient else { return false }
        return header.stanzas.contains { $0.type == OpenSSHKey.kind && $0.arguments.first == AgeRecipient.tag(key) }
    }
}
