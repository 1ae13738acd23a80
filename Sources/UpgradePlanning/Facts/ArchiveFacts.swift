/// An archive of a cluster, as its catalog entry says it: the `.json` beside it, readable without a key.
///
/// The entry is an object with these keys and, in later versions, more; a reader ignores those it does not know and
/// refuses a `format` above its own.
public struct ArchiveFacts: Codable, Hashable, Sendable {
    /// The entry's schema that this code writes.
    public static let currentFormat = 1

    public enum Grade: String, Codable, Sendable {
        /// Read back from disk and found whole, with everything that a restore needs.
        case proven
        /// Whole as far as could be asked.
        case checked
        /// Something in it contradicts.
        case suspect
    }

    public var format: Int
    /// `home-20261122T023000Z-9f3c1a2b`: of the archive and of everything beside it.
    public var name: String
    /// The cluster's name in the cluster file.
    public var cluster: String
    /// etcd's cluster id; empty for an archive without etcd.
    public var clusterID: String
    public var createdAt: Instant
    public var grade: Grade
    /// Why it is not graded higher.
    public var reasons: [String]
    /// Of etcd's keys; 0 without etcd.
    public var revision: Int64
    public var keys: Int
    /// Bytes of the sealed archive.
    public var size: Int64
    /// SHA-256 of the sealed archive, in hex.
    public var sha256: String
    /// Of Kubernetes and etcd when it was made.
    public var kubernetes: Version?
    public var etcd: Version?
    /// Nodes whose files are in it.
    public var nodes: [String]
    /// Public keys that it is sealed to.
    public var recipients: [String]
    /// The keys of encryption at rest are in it.
    public var hasEncryptionKeys: Bool
    /// The uid of kube-system's namespace: the cluster's own, through every restore. `nil` where no apiserver said it.
    public var kubeSystemUID: String?

    public init(
        name: String, cluster: String, clusterID: String, createdAt: Instant, grade: Grade, reasons: [String] = [],
        revision: Int64, keys: Int, size: Int64, sha256: String, kubernetes: Version?, etcd: Version?, nodes: [String],
        recipients: [String], hasEncryptionKeys: Bool
    ) {
        format = Self.currentFormat
        self.name = name
        self.cluster = cluster
        self.clusterID = clusterID
        self.createdAt = createdAt
        self.grade = grade
        self.reasons = reasons
        self.revision = revision
        self.keys = keys
        self.size = size
        self.sha256 = sha256
        self.kubernetes = kubernetes
        self.etcd = etcd
        self.nodes = nodes
        self.recipients = recipients
        self.hasEncryptionKeys = hasEncryptionKeys
    }
}
