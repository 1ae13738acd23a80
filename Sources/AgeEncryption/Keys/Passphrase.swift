import CSodium
import Secrets

/// A passphrase as the only recipient: scrypt (C2SP, `age.md`).
enum Passphrase {
    private static let label = Array("age-encryption.org/v1/scrypt".utf8)
    /// About a second and 256 MiB, as `age` itself takes.
    static let workFactor = 18
    /// Somebody else's file must not make us work for an hour or take all memory: 1 GiB.
    static let largestWorkFactor = 20

    static func wrap(
        _ fileKey: SecretBytes, _ passphrase: SecretBytes, workFactor: Int = workFactor
    ) throws(AgeError) -> Header.Stanza {
        let salt = Sodium.random(16)
        let key = try Self.key(passphrase, salt: salt, workFactor: workFactor)
        return Header.Stanza(
            type: "scrypt", arguments: [Base64.encode(salt, .without), "\(workFactor)"],
            body: WrappedKey.seal(fileKey, under: key))
    }

    /// Throws `wrongPassphrase`, `malformed`, or `tooLarge` for too much work.
    static func unwrap(_ stanza: Header.Stanza, _ passphrase: SecretBytes) throws(AgeError) -> SecretBytes {
        guard stanza.arguments.count == 2, let salt = Base64.decode(stanza.arguments[0].utf8, .without),
            salt.count == 16, let factor = factor(stanza.arguments[1]), stanza.body.count == WrappedKey.count
        else { throw AgeError(.malformed, "the recipient scrypt in the header is not as it should be") }
        guard factor <= largestWorkFactor else {
            throw AgeError(
                .tooLarge, "the file asks for scrypt with 2^\(factor) steps, and 2^\(largestWorkFactor) is allowed")
        }
        guard let fileKey = WrappedKey.open(stanza.body, under: try key(passphrase, salt: salt, workFactor: factor))
        else { throw AgeError(.wrongPassphrase, "the passphrase is not the one of this file") }
        return fileKey
    }

    /// Decimal, without a leading zero or sign.
    private static func factor(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), text.first != "0", text.count <= 3 else { return nil }
        return Int(text)
    }

    private static func key(
        _ passphrase: SecretBytes, salt: [UInt8], workFactor: Int
    ) throws(AgeError) -> SecretBytes {
        var key = [UInt8](repeating: 0, count: 32)
        let full = label + salt
        let result = passphrase.withPointer { words in
            crypto_pwhash_scryptsalsa208sha256_ll(
                words, passphrase.count, full, full.count, UInt64(1) << UInt64(workFactor), 8, 1, &key, key.count)
        }
        guard result == 0 else { throw AgeError(.tooLarge, "there is not enough memory for scrypt") }
        return SecretBytes(consuming: &key)
    }
}
