public import UpgradePlanning

/// `manifest.json`, the first entry of an archive: all that is known before its content is read.
public struct Manifest: Codable, Hashable, Sendable {
    public static let currentFormat = 1

    /// The member that the snapshot comes from.
    public struct Etcd: Codable, Hashable, Sendable {
        public var clusterID: String
        public var memberID: String
        public var node: NodeName
        public var version: Version
        public var members: [EtcdPeerFacts]

        public init(clusterID: String, memberID: String, node: NodeName, version: Version, members: [EtcdPeerFacts]) {
            self.clusterID = clusterID
            self.memberID = memberID
            self.node = node
            self.version = version
            self.members = members
        }
    }

    /// What a node gave.
    public struct Node: Codable, Hashable, Sendable {
        /// A private key and the certificate that is used with it.
        public struct Pair: Codable, Hashable, Sendable {
            public var key: String
            public var certificate: String

            public init(key: String, certificate: String) {
                self.key = key
                self.certificate = certificate
            }
        }

        public var name: NodeName
        public var nixosVersion: String?
        public var generation: StorePath?
        /// Files without which a rebuilt host cannot go on, by path on the node.
        public var needed: [String]
        public var pairs: [Pair]
        /// What was asked for and is not there.
        public var missing: [String]
        /// Files of which only the path is kept, since a secret store puts them there at each boot.
        public var named: [String]
        /// Files that hold the keys of encryption at rest.
        public var encryption: [String]
        /// Why there is nothing of it; `nil` where it answered.
        public var absence: String?
        /// Certificates and keys that something of the node used; `nil` in archives of before that was noted.
        public var used: [String]?
        /// What etcd's unit is told: names of variables and flags with their values.
        public var etcd: [String: String]?

        public init(name: NodeName) {
            self.name = name
            needed = []
            pairs = []
            missing = []
            named = []
            encryption = []
        }

        /// Where a file of the node lies in the archive.
        public func place(of path: String) -> String { ArchiveNames.folder(of: name.text) + path }
    }

    /// A volume on a host's disk, which is not in the archive.
    public struct Volume: Codable, Hashable, Sendable {
        public var claim: String
        public var node: String
        public var path: String
        /// Bytes in it; `nil` where nobody could count.
        public var bytes: Int64?
        /// What else backs it up, in the user's words.
        public var coveredBy: String?

        public init(claim: String, node: String, path: String) {
            self.claim = claim
            self.node = node
            self.path = path
        }
    }

    /// The hosts' configuration, as it was found.
    public struct Flake: Codable, Hashable, Sendable {
        public var reference: String
        public var revision: String?
        /// It is the revision that the hosts run; `nil` where they do not say which they run.
        public var isRunning: Bool?
        /// Why its source is not in the archive.
        public var absence: String?

        public init(reference: String, revision: String? = nil, isRunning: Bool? = nil, absence: String? = nil) {
            self.reference = reference
            self.revision = revision
            self.isRunning = isRunning
            self.absence = absence
        }
    }

    public var format: Int
    public var name: String
    public var cluster: String
    public var createdAt: Instant
    /// Of kupgrade.
    public var madeBy: String
    public var kubernetes: Version?
    /// `nil` in an archive of files only.
    public var etcd: Etcd?
    public var nodes: [Node]
    public var volumes: [Volume]
    /// Why it is not known which volumes there are; `nil` where it is.
    public var volumesUnknown: String?
    /// The snapshot is a database that lay on a disk, and not what a member gave.
    public var isFromDisk: Bool?
    /// The node whose folder that was.
    public var diskNode: NodeName?
    /// What was wrong with etcd's cluster when it was asked, in words: no leader, a learner.
    public var troubles: [String]?
    public var flake: Flake?
    /// The uid of kube-system's namespace: the cluster's own, through every restore. `nil` where no apiserver said it.
    public var kubeSystemUID: String?
    /// What makes it doubtful whatever is in it, in words: it is of another cluster than the archives before it.
    public var doubts: [String]?

    public init(
        name: String, cluster: String, createdAt: Instant, madeBy: String, kubernetes: Version?, etcd: Etcd?,
        nodes: [Node], volumes: [Volume]
    ) {
        format = Self.currentFormat
        self.name = name
        self.cluster = cluster
        self.createdAt = createdAt
        self.madeBy = madeBy
        self.kubernetes = kubernetes
        self.etcd = etcd
        self.nodes = nodes
        self.volumes = volumes
    }

    /// Paths in the archive.
    public var encryptionFiles: Set<String> {
        Set(nodes.flatMap { node in node.encryption.map { node.place(of: $0) } })
    }
}
