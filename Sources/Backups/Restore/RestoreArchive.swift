public import PKI
public import Plans
public import UpgradePlanning

/// What a restore needs to know of an archive: read to its end, and found whole.
public struct RestoreArchive: Sendable {
    public var entry: ArchiveFacts
    public var manifest: Manifest
    public var revision: Int64
    /// Of etcd's snapshot as a file; `nil` without one.
    public var snapshot: Snapshot?
    /// Files and links of each node, by the node's name.
    public var files: [String: [FileToPut]]
    /// By path in the archive.
    public var certificates: [String: CertificateDetails]
    /// As it is judged now; never better than when it was made.
    public var grade: ArchiveFacts.Grade
    public var reasons: [String]

    public struct Snapshot: Sendable, Hashable {
        public var sha256: String
        public var bytes: Int64
        public var alarms: Int
        /// The version of the data; `nil` before etcd 3.6, which does not say.
        public var storageVersion: String?
    }
}

extension RestoreArchive {
    public init(_ read: InspectedArchive, _ entry: ArchiveFacts) {
        self.entry = entry
        manifest = read.manifest
        revision = read.proof.revision
        snapshot = read.snapshot.map {
            Snapshot(
                sha256: $0.fileDigest, bytes: Int64($0.byteCount), alarms: $0.alarms,
                storageVersion: $0.storageVersion)
        }
        files = read.nodeFiles
        certificates = read.keys.certificates
        let grading = Grading(
            manifest: read.manifest, snapshot: read.snapshot, hashes: read.proof.hashes, alarms: [], files: read.files,
            links: read.links,
            keys: read.keys)
        let (found, why) = grading.grade()
        // What was found when it was made (an alarm, a member that was away) cannot be found again: the lower one holds.
        grade = [ArchiveFacts.Grade.suspect, .checked].first { $0 == found || $0 == entry.grade } ?? .proven
        reasons = why
    }
}
