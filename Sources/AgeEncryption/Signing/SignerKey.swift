import CSodium

/// Who may have signed: a public key of minisign, with the id by which a signature names it.
public struct SignerKey: Hashable, Sendable, CustomStringConvertible {
    /// 8 bytes.
    let id: [UInt8]
    /// 32 bytes.
    let key: [UInt8]

    private static let algorithm = Array("Ed".utf8)

    init(id: [UInt8], key: [UInt8]) {
        self.id = id
        self.key = key
    }

    /// Reads the base64 line of a public key, alone (`RWQ…`) or in a file below its comment. Throws ``AgeError``.
    public init(parsing text: String) throws(AgeError) {
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        let line = lines.first { !$0.hasPrefix("untrusted comment:") } ?? ""
        guard lines.count <= 2, let bytes = Base64.decode(line.utf8, .with), bytes.count == 42 else {
            throw AgeError(.badKey, "a signer is no public key of minisign")
        }
        guard bytes.starts(with: Self.algorithm) else {
            throw AgeError(.unsupported, "the public key is of a kind that is not known here")
        }
        self.init(id: Array(bytes[2..<10]), key: Array(bytes[10...]))
    }

    /// The base64 line.
    public var description: String { Base64.encode(Self.algorithm + id + key, .with) }

    /// The id as minisign prints it: 16 hex digits, last byte first.
    public var name: String {
        id.reversed().map { byte in
            let text = String(byte, radix: 16, uppercase: true)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    /// A file as `minisign -G` writes it.
    public var file: String { "untrusted comment: minisign public key \(name)\n\(description)\n" }
}
