import Backups
import NodeAccess

/// What a host that keeps copies does for a maker whose key can do nothing else: it takes new files into one folder, and
/// neither gives any up, nor removes one, nor writes over an archive, whatever the maker asks.
public struct ReplicaReceiver: Sendable {
    let folder: String

    /// - Parameter folder: absolute, without a slash at its end.
    public init(folder: String) { self.folder = folder }

    /// The words to run for a line of `SSH_ORIGINAL_COMMAND`: this program's own script, with what was asked of it. Throws
    /// `BackupError` `cannotWrite` for all that is not a part of sending archives to this folder.
    public func words(for line: String) throws -> [String] {
        if let standing = AskedCommand.standing(line: line) { return standing }
        guard let asked = AskedCommand(line: line), asked.arguments.count >= 6,
            asked.arguments[..<2] == ["/bin/sh", "-c"]
        else {
            throw BackupError(.cannotWrite, "this key can only send archives")
        }
        let words = Array(asked.arguments[4...])
        guard words[0] == folder else {
            throw BackupError(.cannotWrite, "this key sends to \(folder), and to no other folder")
        }
        guard let verb = Verb(rawValue: words[1]), verb.takes(Array(words[2...])) else {
            throw BackupError(.cannotWrite, "this key can only send archives")
        }
        return asked.words(running: HostReplica.command(words))
    }

    /// What ``HostReplica`` asks, and the form of each word behind it.
    private enum Verb: String {
        case enter, list, look, append, keep

        func takes(_ words: [String]) -> Bool {
            let forms: [(String) -> Bool] =
                switch self {
                case .enter: [{ $0.isEmpty || isToken($0) }, isToken]
                case .list: [isName]
                case .look, .keep: [isName, isDigest, isToken]
                case .append: [isName, isCount, isToken]
                }
            return words.count == forms.count && zip(words, forms).allSatisfy { word, form in form(word) }
        }
    }
}

/// Of a file in the folder itself that is none of the receiver's own, which begin with a point.
private func isName(_ word: String) -> Bool { isToken(word) && !word.hasPrefix(".") && !word.hasPrefix("-") }

private func isToken(_ word: String) -> Bool {
    (1...200).contains(word.utf8.count)
        && word.utf8.allSatisfy { byte in
            switch UnicodeScalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
            default: false
            }
        }
}

private func isDigest(_ word: String) -> Bool {
    word.utf8.count == 64 && word.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
}

private func isCount(_ word: String) -> Bool {
    (1...18).contains(word.utf8.count) && word.utf8.allSatisfy { (48...57).contains($0) }
}
