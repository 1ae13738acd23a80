import AgeEncryption
import Secrets

/// A key file of the user's: identities of age or OpenSSH, plain or sealed by a passphrase, or a signing key of minisign.
enum KeyFile {
    enum Content {
        case identities([AgeIdentity])
        case signing(SigningKey)
    }

    private static let limit = 1 << 20

    /// Reads it; asks for a passphrase where it needs one. Throws ``Problem``.
    static func read(_ path: String, passphrases: Passphrases, world: World) throws(Problem) -> Content {
        var bytes = try OwnedFile.read(
            path, caller: world.userID, limit: limit, what: "key file", isSecret: true)
        defer { SecretBytes.overwrite(&bytes) }
        return try problems(path) { try content(bytes, path, passphrases) }
    }

    /// Reads one that must hold identities. Throws ``Problem``.
    static func identities(
        _ path: String, passphrases: Passphrases, world: World
    ) throws(Problem) -> [AgeIdentity] {
        guard case .identities(let found) = try read(path, passphrases: passphrases, world: world) else {
            throw Problem("KUP-E080", "\(path) is a signing key and opens nothing", status: .usage)
        }
        return found
    }

    private static func content(_ bytes: [UInt8], _ path: String, _ passphrases: Passphrases) throws -> Content {
        if bytes.starts(with: Array("untrusted comment:".utf8)) {
            return .signing(
                SigningKey.needsPassphrase(bytes)
                    ? try SigningKey(parsing: bytes, passphrase: try passphrases.existing(path))
                    : try SigningKey(parsing: bytes))
        }
        let isArmored = Armor.isArmored(bytes.drop { $0 == 10 || $0 == 13 || $0 == 32 })
        guard isArmored || bytes.starts(with: Array("age-encryption.org/".utf8)) else {
            return .identities(try AgeIdentity.parse(bytes))
        }
        let sealed = isArmored ? try Armor.bytes(bytes) : bytes
        var plain = try SmallFile.open(sealed, .passphrase(try passphrases.existing(path)))
        defer { SecretBytes.overwrite(&plain) }
        return .identities(try AgeIdentity.parse(plain))
    }

    /// Says what is wrong with a key file as a ``Problem``.
    static func problems<Result>(_ path: String, _ body: () throws -> Result) throws(Problem) -> Result {
        do {
            return try body()
        } catch let problem as Problem {
            throw problem
        } catch let error as AgeError {
            let isWrong = error.code == .wrongPassphrase || error.code == .noIdentity
            throw Problem(
                isWrong ? "KUP-E081" : "KUP-E080", isWrong ? "\(path) does not open" : "\(path) cannot be used",
                because: [error.message], next: error.code == .sealedKey ? ["ssh-keygen -p -f \(path)"] : [],
                status: isWrong ? .wrongKey : .usage)
        } catch {
            throw Problem("KUP-E080", "\(path) cannot be used", because: ["\(error)"], status: .usage)
        }
    }
}

/// Sealing and opening what fits into memory.
enum SmallFile {
    static func seal(_ plain: SecretBytes, passphrase: SecretBytes) throws -> [UInt8] {
        var sealed: [UInt8] = []
        var sealer = try Sealer(passphrase: passphrase)
        try plain.withBytes { try sealer.write($0) { sealed += $0 } }
        try sealer.finish { sealed += $0 }
        return sealed
    }

    /// The caller overwrites what comes back.
    static func open(_ sealed: [UInt8], _ key: AgeKey) throws -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(sealed.count)
        var opener = Opener(key)
        try sealed.withUnsafeBytes { try opener.write($0) { plain += $0 } }
        try opener.finish { plain += $0 }
        return plain
    }
}
