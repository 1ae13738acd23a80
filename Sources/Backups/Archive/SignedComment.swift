public import UpgradePlanning

/// The trusted comment of an archive's signature: what the signer says of the file beside its bytes.
public struct SignedComment: Hashable, Sendable {
    public var clusterID: String
    /// The sealed file's name.
    public var file: String
    public var createdAt: Instant
    public var revision: Int64
    /// SHA-256 of the catalog entry, in hex.
    public var entryDigest: String

    init(entry: ArchiveFacts, entryDigest: String) {
        clusterID = entry.clusterID
        file = entry.name + ArchiveNames.sealed
        createdAt = entry.createdAt
        revision = entry.revision
        self.entryDigest = entryDigest
    }

    /// `nil` for the comment of something else.
    public init?(parsing text: String) {
        var fields: [Substring: Substring] = [:]
        for word in text.split(separator: " ") {
            guard let equals = word.firstIndex(of: "=") else { return nil }
            fields[word[..<equals]] = word[word.index(after: equals)...]
        }
        guard let cluster = fields["cluster"], let file = fields["file"], let entry = fields["entry"],
            let time = fields["time"].flatMap({ Instant(rfc3339: $0) }),
            let revision = fields["revision"].flatMap({ Int64($0) })
        else { return nil }
        clusterID = cluster == "-" ? "" : String(cluster)
        self.file = String(file)
        createdAt = time
        self.revision = revision
        entryDigest = String(entry)
    }

    public var text: String {
        "cluster=\(clusterID.isEmpty ? "-" : clusterID) file=\(file) time=\(createdAt) revision=\(revision) "
            + "entry=\(entryDigest)"
    }
}
