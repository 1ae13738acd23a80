/// What draining one node will do, forecast before anything is touched.
public struct DrainForecast: Codable, Hashable, Sendable {
    /// What happens to one pod.
    public struct Eviction: Codable, Hashable, Sendable {
        /// `namespace/name`.
        public var pod: String
        /// `ReplicaSet web-5d4`; `nil` where nothing brings it back.
        public var owner: String?
        /// 1 for what leaves at once; more where a budget lets only some go at a time.
        public var wave: Int
        /// Seconds between SIGTERM and SIGKILL.
        public var graceSeconds: Int
        /// Why its successor finds no node until this one is back; `nil` where it finds one, or has no successor.
        public var pendingBecause: String?
        /// It has run to its end, and is only removed; `nil` as `false`.
        public var hasEnded: Bool?

        public init(pod: String, owner: String?, wave: Int, graceSeconds: Int, pendingBecause: String? = nil) {
            self.pod = pod
            self.owner = owner
            self.wave = wave
            self.graceSeconds = graceSeconds
            self.pendingBecause = pendingBecause
        }
    }

    /// A pod that cannot be evicted, however long one waits.
    public struct Block: Codable, Hashable, Sendable {
        public var pod: String
        /// As an ``Eviction``'s.
        public var owner: String?
        /// `budget shop/web needs 3, has 3`.
        public var reason: String
        /// The budgets that it stands under, as `namespace/name`: one that allows nothing, or several, which the API
        /// never accepts.
        public var budgets: [String]

        public init(pod: String, owner: String? = nil, reason: String, budgets: [String]) {
            self.pod = pod
            self.owner = owner
            self.reason = reason
            self.budgets = budgets
        }
    }

    /// Data that goes with a pod, or stays behind on the host without it.
    public struct LocalData: Codable, Hashable, Sendable {
        public enum Fate: String, Codable, Sendable {
            /// An emptyDir: gone when the pod leaves.
            case lost
            /// On the host's disk: the pod can only run there, or finds an empty folder elsewhere.
            case stays
        }

        public var pod: String
        /// `emptyDir cache (at most 1.0 GiB)`, `claim data-db-0 at /var/lib/volumes/db`.
        public var what: String
        public var fate: Fate

        public init(pod: String, what: String, fate: Fate) {
            self.pod = pod
            self.what = what
            self.fate = fate
        }
    }

    public var node: String
    public var evictions: [Eviction]
    public var blocks: [Block]
    public var localData: [LocalData]
    /// Pods that stay: of DaemonSets, and mirrors of static pods.
    public var stays: [String]
    /// Services of the host that people use and that go down with it, as `ollama`.
    public var hostServices: [String]

    public init(
        node: String, evictions: [Eviction] = [], blocks: [Block] = [], localData: [LocalData] = [],
        stays: [String] = [], hostServices: [String] = []
    ) {
        self.node = node
        self.evictions = evictions
        self.blocks = blocks
        self.localData = localData
        self.stays = stays
        self.hostServices = hostServices
    }

    /// How many rounds of evictions it takes; 0 where nothing is evicted.
    public var waves: Int { evictions.map(\.wave).max() ?? 0 }

    public var pending: [Eviction] { evictions.filter { $0.pendingBecause != nil } }

    /// Pods that leave and that nothing brings back.
    public var unmanaged: [Eviction] { evictions.filter { $0.owner == nil && $0.hasEnded != true } }
}
