import CSodium
public import Secrets

/// The secret half of a minisign key.
public struct SigningKey: Sendable {
    private let id: [UInt8]
    /// 64 bytes: seed and public key.
    private let pair: SecretBytes

    private enum Field {
        static let algorithm = Array("Ed".utf8)
        static let scrypt = Array("Sc".utf8)
        static let plain: [UInt8] = [0, 0]
        static let checksum = Array("B2".utf8)
        static let secretCount = 8 + 64 + 32
        static let count = 2 + 2 + 2 + 32 + 8 + 8 + secretCount
        /// Of scrypt's memory: what minisign itself takes, and nothing that stops a host.
        static let memoryLimit: UInt64 = 1 << 30
        static let operationsLimit: UInt64 = 1 << 26
    }

    /// A new key.
    public static func generate() -> SigningKey {
        var (id, key, pair) = (
            [UInt8](repeating: 0, count: 8), [UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 64)
        )
        Sodium.start()
        randombytes_buf(&id, id.count)
        crypto_sign_keypair(&key, &pair)
        return SigningKey(id: id, pair: SecretBytes(consuming: &pair))
    }

    /// Whose signatures its are.
    public var signer: SignerKey { SignerKey(id: id, key: pair.withBytes { Array($0.suffix(32)) }) }

    /// Reads a secret key file. `passphrase`: asked for when the file is sealed by one.
    ///
    /// Throws ``AgeError``: `malformed`, `unsupported`, `sealedKey` without a passphrase, `wrongPassphrase`, `tooLarge`.
    public init(parsing file: [UInt8], passphrase: SecretBytes? = nil) throws(AgeError) {
        let lines = file.split(whereSeparator: { $0 == 10 || $0 == 13 })
        guard file.count <= 4_096, lines.count == 2, lines[0].starts(with: Array("untrusted comment:".utf8)),
            let bytes = Base64.decode(lines[1], .with), bytes.count == Field.count
        else { throw AgeError(.malformed, "the file is no secret key of minisign") }
        guard bytes[0..<2].elementsEqual(Field.algorithm), bytes[4..<6].elementsEqual(Field.checksum) else {
            throw AgeError(.unsupported, "the secret key is of a kind that is not known here")
        }
        let isSealed = bytes[2..<4].elementsEqual(Field.scrypt)
        guard isSealed || bytes[2..<4].elementsEqual(Field.plain) else {
            throw AgeError(.unsupported, "the secret key is sealed in a way that is not known here")
        }
        var secret = Array(bytes.suffix(Field.secretCount))
        defer { SecretBytes.overwrite(&secret) }
        if isSealed {
            guard let passphrase else { throw AgeError(.sealedKey, "the secret key is protected by a passphrase") }
            try Self.unseal(&secret, salt: Array(bytes[6..<38]), limits: Array(bytes[38..<54]), passphrase)
        }
        try self.init(secret, isSealed: isSealed)
    }

    /// Whether a file is a secret key that a passphrase protects; `false` for one that is none.
    public static func needsPassphrase(_ file: [UInt8]) -> Bool {
        do {
            _ = try SigningKey(parsing: file)
            return false
        } catch {
            return error.code == .sealedKey
        }
    }

    private init(id: [UInt8], pair: SecretBytes) {
        self.id = id
        self.pair = pair
    }

    private init(_ secret: [UInt8], isSealed: Bool) throws(AgeError) {
        let (id, pair, sum) = (Array(secret[..<8]), Array(secret[8..<72]), Array(secret[72...]))
        // minisign gives a key without a passphrase no check sum: 32 zeros.
        if isSealed || sum.contains(where: { $0 != 0 }) {
            guard Self.checksum(id, pair).isSame(as: sum) else {
                throw isSealed
                    ? AgeError(.wrongPassphrase, "the passphrase is not the one of the secret key")
                    : AgeError(.malformed, "the secret key's check sum does not hold")
            }
        }
        guard Self.isPair(pair) else { throw AgeError(.badKey, "the secret key and its public half do not fit") }
        self.init(id: id, pair: SecretBytes(pair))
    }

    private static func unseal(
        _ secret: inout [UInt8], salt: [UInt8], limits: [UInt8], _ passphrase: SecretBytes
    ) throws(AgeError) {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        let (operations, memory) = (number(limits[..<8]), number(limits[8...]))
        guard operations <= Field.operationsLimit, memory <= Field.memoryLimit else {
            throw AgeError(.tooLarge, "the secret key asks for more work or memory than is allowed")
        }
        var stream = [UInt8](repeating: 0, count: secret.count)
        defer { SecretBytes.overwrite(&stream) }
        let result = passphrase.withPointer { words in
            words.withMemoryRebound(to: CChar.self, capacity: passphrase.count) { words in
                crypto_pwhash_scryptsalsa208sha256(
                    &stream, UInt64(stream.count), words, UInt64(passphrase.count), salt, operations, Int(memory))
            }
        }
        guard result == 0 else { throw AgeError(.tooLarge, "there is not enough memory for scrypt") }
        for index in secret.indices { secret[index] ^= stream[index] }
    }

    private static func isPair(_ pair: [UInt8]) -> Bool {
        var (key, made) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 64))
        defer { SecretBytes.overwrite(&made) }
        return crypto_sign_seed_keypair(&key, &made, Array(pair.prefix(32))) == 0 && made == pair
    }

    private static func checksum(_ id: [UInt8], _ pair: [UInt8]) -> [UInt8] {
        var sum = [UInt8](repeating: 0, count: 32)
        let text = Field.algorithm + id + pair
        crypto_generichash(&sum, sum.count, text, UInt64(text.count), nil, 0)
        return sum
    }

    /// A file as `minisign -G -W` writes it: not sealed by a passphrase, since a host that signs at night has nobody to
    /// ask.
    public var file: SecretBytes {
        var secret = id
        pair.withBytes { secret += $0 }
        secret += [UInt8](repeating: 0, count: 32)
        let zeros = [UInt8](repeating: 0, count: 48)
        let line = Base64.encode(Field.algorithm + Field.plain + Field.checksum + zeros + secret, .with)
        SecretBytes.overwrite(&secret)
        return SecretBytes(Array("untrusted comment: minisign encrypted secret key\n\(line)\n".utf8))
    }

    /// Signs a digest of ``SignatureDigest``. The trusted comment is signed too and must be one line.
    public func sign(_ digest: [UInt8], untrustedComment: String, trustedComment: String) -> FileSignature {
        let signature = sign(digest)
        return FileSignature(
            untrustedComment: FileSignature.line(untrustedComment), keyID: id, signature: signature,
            trustedComment: FileSignature.line(trustedComment),
            globalSignature: sign(signature + Array(FileSignature.line(trustedComment).utf8)))
    }

    private func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: 64)
        pair.withPointer { pair in
            _ = crypto_sign_detached(&signature, nil, message, UInt64(message.count), pair)
        }
        return signature
    }
}
