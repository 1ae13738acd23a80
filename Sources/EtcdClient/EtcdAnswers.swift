/// What a member says of itself (`etcdserverpb.Maintenance/Status`). Numbers as etcd sends them.
public struct EtcdStatus: Sendable, Hashable {
    public var clusterID: UInt64
    public var memberID: UInt64
    public var revision: Int64
    public var version: String
    /// Empty before 3.6.
    public var storageVersion: String
    /// 0 when it knows no leader.
    public var leaderID: UInt64
    public var isLearner: Bool
    public var raftTerm: UInt64
    public var raftIndex: UInt64
    public var raftAppliedIndex: UInt64
    /// Bytes.
    public var databaseSize: Int64
    public var databaseSizeInUse: Int64
    /// Bytes; 0 before 3.6, which does not say.
    public var databaseQuota: Int64
    public var errors: [String]
}

/// A member as the cluster lists it.
public struct EtcdMember: Sendable, Hashable {
    public var id: UInt64
    /// Empty until it has started once.
    public var name: String
    public var peerURLs: [String]
    public var clientURLs: [String]
    public var isLearner: Bool
}

/// The hash of all keys up to a revision (`HashKV`).
public struct EtcdHash: Sendable, Hashable {
    /// The revision the member was at when it answered.
    public var currentRevision: Int64
    public var hash: UInt32
    public var compactRevision: Int64
}

/// An alarm that is raised (`Alarm` with action GET).
public struct EtcdRaisedAlarm: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case noSpace, corrupt
        case other(Int32)
    }

    public var memberID: UInt64
    public var kind: Kind
}
