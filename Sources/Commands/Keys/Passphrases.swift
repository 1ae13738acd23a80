import Secrets
import Terminal

/// Where a passphrase comes from: a file of the user's, or the terminal.
struct Passphrases: Sendable {
    /// A file whose first line it is; never an argument or a variable, which others can read.
    var file: String?
    let world: World

    /// Throws ``Problem``.
    func existing(_ what: String) throws(Problem) -> SecretBytes {
        if let file { return try read(file) }
        return try ask("passphrase of \(what): ")
    }

    /// A new one, typed twice. Throws ``Problem`` when the two differ, or it is empty.
    func new(_ what: String) throws(Problem) -> SecretBytes {
        if let file { return try read(file) }
        let first = try ask("new passphrase of \(what): ")
        guard !first.isEmpty else { throw Problem("KUP-E084", "an empty passphrase protects nothing", status: .usage) }
        let second = try ask("the same again: ")
        guard first.isSame(as: second) else {
            throw Problem("KUP-E084", "the two passphrases differ", next: ["type it again"], status: .usage)
        }
        return first
    }

    private func ask(_ question: String) throws(Problem) -> SecretBytes {
        do {
            var line = try world.askSecret(question)
            return SecretBytes(consuming: &line)
        } catch {
            throw Problem(
                "KUP-E084", "there is nobody to ask for a passphrase",
                next: ["--passphrase-file FILE  # its first line"], status: .usage)
        }
    }

    private func read(_ path: String) throws(Problem) -> SecretBytes {
        var bytes = try OwnedFile.read(
            world.absolute(path), caller: world.userID, limit: 4_096, what: "passphrase file", isSecret: true)
        defer { SecretBytes.overwrite(&bytes) }
        let line = bytes.prefix { $0 != 10 && $0 != 13 }
        guard !line.isEmpty else {
            throw Problem("KUP-E084", "the first line of \(path) is empty", status: .usage)
        }
        return SecretBytes(line)
    }
}

extension SecretBytes {
    func isSame(as other: SecretBytes) -> Bool {
        withBytes { mine in other.withBytes { mine.count == $0.count && zip(mine, $0).allSatisfy { $0 == $1 } } }
    }
}
