import Crypto
public import Secrets

/// A private key that opens what is sealed to its recipient.
public enum AgeIdentity: Sendable {
    /// 32 bytes.
    case x25519(SecretBytes)
    /// 64 bytes: seed and public key.
    case ssh(SecretBytes)

    private static let prefix = "age-secret-key-"
    private static let limit = 1 << 20

    /// A new X25519 identity.
    public static func generate() -> AgeIdentity { .x25519(Curve.randomScalar()) }

    /// Reads an identity file: `AGE-SECRET-KEY-1…` one a line with `#` comments between, or one OpenSSH private key.
    ///
    /// Throws ``AgeError``: `badKey` with the number of the line, `sealedKey`, `unsupported`, `malformed`; `badKey` for
    /// a file without any.
    public static func parse(_ file: [UInt8]) throws(AgeError) -> [AgeIdentity] {
        guard file.count <= limit else { throw AgeError(.tooLarge, "an identity file of more than 1 MiB is not read") }
        if file.starts(with: Array(OpenSSHKey.begin.utf8)) { return [.ssh(try OpenSSHKey.secretKey(file))] }
        var identities: [AgeIdentity] = []
        for (index, line) in file.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            let text = trimmed(line)
            if text.isEmpty || text.first == UInt8(ascii: "#") { continue }
            guard let (prefix, bytes) = Bech32.decode(Array(text)), prefix == Self.prefix, bytes.count == Curve.count,
                !text.contains(where: { (97...122).contains($0) })
            else { throw AgeError(.badKey, "line \(index + 1) of the identity file is no identity of age") }
            var key = bytes
            identities.append(.x25519(SecretBytes(consuming: &key)))
        }
        guard !identities.isEmpty else { throw AgeError(.badKey, "there is no identity in the file") }
        return identities
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == 32 || $0 == 9 || $0 == 13 }
        return line.drop(while: isSpace).reversed().drop(while: isSpace).reversed()[...]
    }

    /// Whom it opens for.
    public var recipient: AgeRecipient {
        switch self {
        case .x25519(let scalar): .x25519(Curve.publicKey(of: scalar))
        case .ssh(let pair): .ssh(pair.withBytes { Array($0.suffix(Curve.count)) }, comment: "")
        }
    }

    /// `AGE-SECRET-KEY-1…` for an identity file; `nil` for an OpenSSH key, whose file is its own.
    public var text: SecretBytes? {
        guard case .x25519(let scalar) = self else { return nil }
        let text = scalar.withBytes { Bech32.encode(Self.prefix, $0) }.uppercased()
        return SecretBytes(Array(text.utf8))
    }

    /// The file key; `nil` where the stanza is somebody else's. Throws for a stanza that is none.
    func unwrap(_ stanza: Header.Stanza) throws(AgeError) -> SecretBytes? {
        switch self {
        case .x25519(let scalar): try Self.unwrapX25519(stanza, scalar)
        case .ssh(let pair): try Self.unwrapSSH(stanza, pair)
        }
    }

    private static func unwrapX25519(
        _ stanza: Header.Stanza, _ scalar: SecretBytes
    ) throws(AgeError) -> SecretBytes? {
        guard stanza.type == "X25519" else { return nil }
        guard stanza.arguments.count == 1, let share = share(stanza.arguments[0]), stanza.body.count == WrappedKey.count
        else { throw AgeError(.malformed, "a recipient X25519 in the header is not as it should be") }
        let key = Curve.publicKey(of: scalar)
        let wrap = KeyDerivation.key(
            try Curve.shared(scalar, share), salt: share + key, info: AgeRecipient.ageInfo)
        return WrappedKey.open(stanza.body, under: wrap)
    }

    private static func unwrapSSH(_ stanza: Header.Stanza, _ pair: SecretBytes) throws(AgeError) -> SecretBytes? {
        guard stanza.type == OpenSSHKey.kind else { return nil }
        guard stanza.arguments.count == 2, let share = share(stanza.arguments[1]),
            Base64.decode(stanza.arguments[0].utf8, .without)?.count == 4, stanza.body.count == WrappedKey.count
        else { throw AgeError(.malformed, "a recipient ssh-ed25519 in the header is not as it should be") }
        let key = pair.withBytes { Array($0.suffix(Curve.count)) }
        guard stanza.arguments[0] == AgeRecipient.tag(key) else { return nil }
        let point = try Curve.montgomery(publicKey: key)
        let first = try Curve.shared(Curve.montgomery(secretKey: pair), share)
        let shared = try Curve.shared(AgeRecipient.tweak(key), first.copy())
        let wrap = KeyDerivation.key(shared, salt: share + point, info: AgeRecipient.sshInfo)
        guard let fileKey = WrappedKey.open(stanza.body, under: wrap) else {
            throw AgeError(.headerDamaged, "the header names this ssh key, and does not open with it")
        }
        return fileKey
    }

    private static func share(_ text: String) -> [UInt8]? {
        guard let share = Base64.decode(text.utf8, .without), share.count == Curve.count else { return nil }
        return share
    }
}
