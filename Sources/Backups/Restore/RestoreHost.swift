public import UpgradePlanning

/// A host as a restore finds it.
public struct RestoreHost: Sendable, Hashable {
    /// etcd's data as it lies there, looked at without etcd.
    public struct Data: Sendable, Hashable {
        public var folder: String
        /// There is a `member` in it.
        public var exists: Bool
        /// When `member` was made: its own folder changes only then.
        public var madeAt: Instant?
        /// Of the database file.
        public var bytes: Int64
        /// On its file system.
        public var freeBytes: Int64
        /// `etcd:etcd`: whose the folder is.
        public var owner: String

        public init(
            folder: String, exists: Bool, madeAt: Instant?, bytes: Int64, freeBytes: Int64, owner: String
        ) {
            self.folder = folder
            self.exists = exists
            self.madeAt = madeAt
            self.bytes = bytes
            self.freeBytes = freeBytes
            self.owner = owner
        }
    }

    public var name: NodeName
    /// The host of the archive whose place it takes; most often itself.
    public var origin: NodeName
    public var host: HostFacts
    /// `nil` where it has no etcd unit.
    public var data: Data?
    /// What its etcd says now; `nil` where it does not answer.
    public var member: EtcdMemberFacts?
    /// Paths of volumes of the archive that are there.
    public var volumes: Set<String>

    public init(
        name: NodeName, origin: NodeName, host: HostFacts, data: Data?, member: EtcdMemberFacts?,
        volumes: Set<String> = []
    ) {
        self.name = name
        self.origin = origin
        self.host = host
        self.data = data
        self.member = member
        self.volumes = volumes
    }

    /// Units of the cluster that it has, in the order in which they may be stopped.
    public var units: [String] {
        Self.stopOrder.filter { name in host.unit(name)?.loadState == "loaded" }
    }

    /// What acts on the cluster first; etcd last.
    static let stopOrder = [
        "certmgr", "kube-certmgr-bootstrap", "kube-addon-manager", "kube-controller-manager", "kube-scheduler",
        "kubelet", "kube-proxy", "flannel", "kube-apiserver", "cfssl", "etcd",
    ].map { $0 + ".service" }

    /// What rebuilds the host by itself, and would start units behind a restore's back.
    var rebuildUnits: [String] {
        ["nixos-upgrade.timer", "comin.service"].filter { host.unit($0)?.loadState == "loaded" }
    }

    var etcdUnit: UnitFacts? { host.unit(Component.etcd.unit) }
    func variable(_ name: String) -> String? { etcdUnit?.commandLine?.environment[name] }
    var memberName: String { variable("ETCD_NAME") ?? host.hostname }
    var hasAPIServer: Bool { host.unit(Component.apiServer.unit) != nil }

    /// `name=url` parts of the cluster that its unit would begin.
    var initialCluster: [String] {
        (variable("ETCD_INITIAL_CLUSTER") ?? "").split(separator: ",").map(String.init).sorted()
    }
}
