/// One etcd endpoint: the node whose unit runs it, and what it says of itself and of its cluster.
public struct EtcdEndpointFacts: Codable, Hashable, Sendable {
    public var node: NodeName
    public var status: Observed<EtcdMemberFacts>

    public init(node: NodeName, status: Observed<EtcdMemberFacts>) {
        self.node = node
        self.status = status
    }
}

/// What one member answered. Ids are 16 hex digits, as etcdctl prints them, without leading zeros.
public struct EtcdMemberFacts: Codable, Hashable, Sendable {
    public var clusterID: String
    public var memberID: String
    public var version: Version
    /// From 3.6: the version of the data on disk.
    public var storageVersion: String?
    /// `nil` when this member knows no leader.
    public var leaderID: String?
    public var isLearner: Bool
    public var revision: Int64
    public var raftTerm: UInt64
    public var raftIndex: UInt64
    public var raftAppliedIndex: UInt64
    /// Bytes of the data file, and of it in use.
    public var databaseSize: Int64
    public var databaseSizeInUse: Int64
    /// Bytes; `nil` before 3.6, which does not say.
    public var databaseQuota: Int64?
    /// As this member lists them.
    public var members: [EtcdPeerFacts]
    public var alarms: [EtcdAlarm]
    /// What the member itself reports as wrong.
    public var errors: [String]
    public var hash: Observed<EtcdHashFacts>

    public init(
        clusterID: String, memberID: String, version: Version, storageVersion: String?, leaderID: String?,
        isLearner: Bool, revision: Int64, raftTerm: UInt64, raftIndex: UInt64, raftAppliedIndex: UInt64,
        databaseSize: Int64, databaseSizeInUse: Int64, databaseQuota: Int64?, members: [EtcdPeerFacts],
        alarms: [EtcdAlarm], errors: [String], hash: Observed<EtcdHashFacts>
    ) {
        self.clusterID = clusterID
        self.memberID = memberID
        self.version = version
        self.storageVersion = storageVersion
        self.leaderID = leaderID
        self.isLearner = isLearner
        self.revision = revision
        self.raftTerm = raftTerm
        self.raftIndex = raftIndex
        self.raftAppliedIndex = raftAppliedIndex
        self.databaseSize = databaseSize
        self.databaseSizeInUse = databaseSizeInUse
        self.databaseQuota = databaseQuota
        self.members = members
        self.alarms = alarms
        self.errors = errors
        self.hash = hash
    }
}

extension EtcdMemberFacts {
    /// How an error begins where the member did not say which alarms are raised.
    public static let unreadAlarms = "its alarms could not be read"

    public var hasUnreadAlarms: Bool { errors.contains { $0.hasPrefix(Self.unreadAlarms) } }
}

/// A member as another member lists it.
public struct EtcdPeerFacts: Codable, Hashable, Sendable {
    public var memberID: String
    /// Empty until the member has started once.
    public var name: String
    public var peerURLs: [String]
    public var clientURLs: [String]
    public var isLearner: Bool

    public init(memberID: String, name: String, peerURLs: [String], clientURLs: [String], isLearner: Bool) {
        self.memberID = memberID
        self.name = name
        self.peerURLs = peerURLs
        self.clientURLs = clientURLs
        self.isLearner = isLearner
    }
}

public struct EtcdAlarm: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable { case noSpace, corrupt, other }

    public var memberID: String
    public var kind: Kind

    public init(memberID: String, kind: Kind) {
        self.memberID = memberID
        self.kind = kind
    }
}

/// The hash of all keys up to a revision. Members agree when revision and compacted revision are equal and the hashes are.
public struct EtcdHashFacts: Codable, Hashable, Sendable {
    public var revision: Int64
    public var compactRevision: Int64
    public var hash: UInt32

    public init(revision: Int64, compactRevision: Int64, hash: UInt32) {
        self.revision = revision
        self.compactRevision = compactRevision
        self.hash = hash
    }
}
