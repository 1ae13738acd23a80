import Backups

/// A place that copies go to. Nothing is ever removed there.
protocol ReplicaTarget: Sendable {
    /// The mark that names the place; one is left in a place that has none, unless it is `known` to have one.
    ///
    /// Throws `BackupError`: `otherPlace` where the mark is gone or another's, `cannotWrite`.
    func enter(known: String?, new: String) async throws -> String

    /// What lies there whose name begins so, by name, with sizes in bytes; -1 where the place tells none. Throws
    /// `BackupError` `cannotRead`.
    func files(of prefix: String) async throws -> [String: Int64]

    /// Puts a file of this host there: whole, under its name, with this digest, or not at all. What is there already with
    /// this digest is not sent again. Throws `BackupError` `cannotWrite`, also where the digest there is another.
    func send(_ file: ReplicaFile, progress: @escaping @Sendable (Int64) -> Void) async throws
}

extension ReplicaTarget {
    /// Of lines like `1234 NAME`.
    static func listing(_ lines: [String]) -> [String: Int64] {
        let files = lines.compactMap { line -> (String, Int64)? in
            let parts = line.split(separator: " ", maxSplits: 1)
            return parts.count == 2 ? Int64(parts[0]).map { (String(parts[1]), $0) } : nil
        }
        return Dictionary(files) { $1 }
    }
}

/// A file that is to be at a replica.
struct ReplicaFile: Sendable {
    /// On this host.
    var path: String
    /// Below the place.
    var name: String
    var size: Int64
    /// SHA-256 in hex.
    var sha256: String
    /// It may be replaced by another of its name. An archive never is.
    var isReplaced = false

    /// One of which only the path is known. Throws `BackupError` `cannotRead`.
    static func of(_ path: String, name: String, isReplaced: Bool = false) throws
        -> ReplicaFile
    {
        let (sha256, size) = try FileReader.digest(of: path)
        return ReplicaFile(
            path: path, name: name, size: size, sha256: sha256, isReplaced: isReplaced)
    }
}
