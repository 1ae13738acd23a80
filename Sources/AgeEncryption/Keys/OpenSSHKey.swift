import CSodium
import Secrets

/// OpenSSH's ed25519 keys: the public line, and the private file that is not sealed by a passphrase (OpenSSH,
/// `PROTOCOL.key`).
enum OpenSSHKey {
    static let kind = "ssh-ed25519"
    static let begin = "-----BEGIN OPENSSH PRIVATE KEY-----"
    private static let end = "-----END OPENSSH PRIVATE KEY-----"
    private static let magic = Array("openssh-key-v1\0".utf8)

    /// The wire form: kind and key, each with its length.
    static func wire(_ key: [UInt8]) -> [UInt8] { string(Array(kind.utf8)) + string(key) }

    static func text(_ key: [UInt8]) -> String { Base64.encode(wire(key), .with) }

    /// `nil` unless it is exactly one ed25519 key.
    static func publicKey(base64 text: String) -> [UInt8]? {
        guard let bytes = Base64.decode(text.utf8, .with) else { return nil }
        var reader = WireReader(bytes)
        guard reader.string() == Array(kind.utf8), let key = reader.string(), key.count == Curve.count, reader.isAtEnd
        else { return nil }
        return key
    }

    /// Reads a private key file: the 64 bytes of seed and public key.
    ///
    /// Throws ``AgeError``: `sealedKey` where a passphrase protects it, `unsupported` for another kind of key,
    /// `badKey` or `malformed` otherwise.
    static func secretKey(_ file: [UInt8]) throws(AgeError) -> SecretBytes {
        var reader = WireReader(try content(file))
        guard reader.take(magic.count) == magic, let cipher = reader.string(), reader.string() != nil,
            reader.string() != nil, let count = reader.number(), reader.string() != nil, let private_ = reader.string(),
            reader.isAtEnd
        else { throw AgeError(.malformed, "the OpenSSH private key is cut off") }
        guard cipher == Array("none".utf8) else {
            throw AgeError(.sealedKey, "the OpenSSH private key is protected by a passphrase of its own")
        }
        guard count == 1 else { throw AgeError(.unsupported, "the file holds \(count) OpenSSH keys") }
        return try pair(private_)
    }

    private static func content(_ file: [UInt8]) throws(AgeError) -> [UInt8] {
        let lines = file.split(separator: 10).map { $0.last == 13 ? $0.dropLast() : $0 }
        guard let first = lines.first, first.elementsEqual(begin.utf8),
            let last = lines.firstIndex(where: { $0.elementsEqual(end.utf8) }),
            let bytes = Base64.decode(lines[1..<last].flatMap { $0 }, .with)
        else { throw AgeError(.malformed, "the file is no OpenSSH private key") }
        return bytes
    }

    private static func pair(_ bytes: [UInt8]) throws(AgeError) -> SecretBytes {
        var reader = WireReader(bytes)
        guard let first = reader.number(), let second = reader.number(), first == second, let kind = reader.string()
        else { throw AgeError(.badKey, "the OpenSSH private key contradicts itself") }
        guard kind == Array(Self.kind.utf8) else {
            throw AgeError(.unsupported, "the OpenSSH private key is no ed25519 key")
        }
        guard let publicKey = reader.string(), publicKey.count == Curve.count, var secret = reader.string(),
            secret.count == 64, reader.string() != nil, hasPadding(&reader), fits(publicKey, secret)
        else { throw AgeError(.badKey, "the OpenSSH private key contradicts itself") }
        return SecretBytes(consuming: &secret)
    }

    /// 1, 2, 3, … up to the end.
    private static func hasPadding(_ reader: inout WireReader) -> Bool {
        let rest = reader.take(reader.remaining) ?? []
        return rest.count < 256 && rest.enumerated().allSatisfy { Int($0.element) == $0.offset + 1 }
    }

    private static func fits(_ publicKey: [UInt8], _ secret: [UInt8]) -> Bool {
        var (derived, pair) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 64))
        let seed = Array(secret.prefix(32))
        defer { SecretBytes.overwrite(&pair) }
        return crypto_sign_seed_keypair(&derived, &pair, seed) == 0 && derived == publicKey && pair == secret
    }

    private static func string(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt32(bytes.count)
        return [UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)] + bytes
    }
}

/// Numbers and strings as ssh sends them: four bytes, most significant first; a length and that many bytes.
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var remaining: Int { rest.count }
    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ count: Int) -> [UInt8]? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func number() -> Int? { take(4)?.reduce(0) { $0 << 8 | Int($1) } }

    mutating func string() -> [UInt8]? { number().flatMap { take($0) } }
}
