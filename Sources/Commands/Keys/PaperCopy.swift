import AgeEncryption
import Secrets

/// An identity on paper: sealed by a passphrase, as text that can be printed, and with the signers whose archives are to
/// be believed. Opened by `age -d` it is an identity file.
struct PaperCopy {
    let identity: AgeIdentity
    let cluster: String?
    let signers: [String]
    /// RFC 3339.
    let createdAt: String

    /// Throws what sealing throws.
    func text(passphrase: SecretBytes) throws -> String {
        Armor.text(try SmallFile.seal(content(), passphrase: passphrase))
    }

    /// Opens a paper copy again and holds it against what it was made of. Throws ``Problem`` when it is not the same.
    func prove(_ text: [UInt8], at path: String, passphrase: SecretBytes) throws(Problem) {
        let isSame = try KeyFile.problems(path) {
            var plain = try SmallFile.open(try Armor.bytes(text), .passphrase(passphrase))
            defer { SecretBytes.overwrite(&plain) }
            return SecretBytes(plain).isSame(as: content())
        }
        guard isSame else {
            throw Problem("KUP-E082", "the paper copy \(path) does not read back", state: ["the identity is written"])
        }
    }

    private func content() -> SecretBytes {
        var lines = ["# identity of kupgrade's archives" + (cluster.map { " of \($0)" } ?? "")]
        lines += ["# created: \(createdAt)", "# public key: \(identity.recipient)"]
        lines += signers.map { "# accepted signer: \($0)" }
        var bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        identity.text?.withBytes { bytes += $0 }
        bytes.append(10)
        return SecretBytes(consuming: &bytes)
    }
}
