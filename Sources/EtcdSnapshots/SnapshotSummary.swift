/// What a whole and consistent snapshot holds.
public struct SnapshotSummary: Hashable, Sendable {
    /// A member of the cluster as etcd's bucket `members` has it.
    public struct Member: Hashable, Sendable {
        /// In hex.
        public var id: String
        public var name: String
        public var peerURLs: [String]
        public var isLearner: Bool
    }

    /// SHA-256 of the content, 64 hex digits: what etcd sent behind it.
    public var digest: String
    /// SHA-256 of all of it, that digest included, 64 hex digits: what `sha256sum` says of the file.
    public var fileDigest = ""
    /// Bytes with the digest.
    public var byteCount: Int
    public var pageSize: Int
    public var pageCount: Int
    /// Pages that the tree reaches.
    public var usedPages: Int
    /// The newest revision.
    public var revision: Int64
    /// What was compacted away; 0 where nothing was, or where it could not be read.
    public var compactRevision: Int64
    /// Revisions that are kept, of all keys.
    public var records: Int
    /// Elements of each bucket.
    public var buckets: [String: Int]
    /// `aescbc key1`: what reading the values needs; sorted.
    public var encryptionKeys: [String]
    public var members: [Member]
    /// `3.6.0`; `nil` before etcd 3.6.
    public var storageVersion: String?
    /// `3.4.0`.
    public var clusterVersion: String?
    /// The raft entry up to which it was applied.
    public var consistentIndex: UInt64?
    public var alarms: Int
}
