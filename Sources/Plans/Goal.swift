/// From where to where a plan leads, for its first line and for people who read no further.
public struct Goal: Codable, Hashable, Sendable {
    /// One thing that changes its version.
    public struct Change: Codable, Hashable, Sendable {
        /// `kubernetes`, `etcd`, `containerd`, `kernel` or `nixos`.
        public var name: String
        /// Every version that runs now, each once, oldest first; empty where none is known.
        public var from: [String]
        /// Every version that runs when this plan is done, each once, oldest first.
        public var to: [String]

        public init(name: String, from: [String], to: [String]) {
            self.name = name
            self.from = from
            self.to = to
        }
    }

    /// One legal step of Kubernetes or etcd, and where its packages come from.
    public struct Hop: Codable, Hashable, Sendable {
        /// As in the ids of its stages: `1.21`, `etcd-3.5`.
        public var id: String
        /// The versions its nodes get, each once, oldest first.
        public var versions: [String]
        /// What NixOS is taken from: a flake reference, a channel, a closure.
        public var source: String
        /// It comes from a pin of the cluster file, since the channel skips this minor.
        public var isBridge: Bool
        /// The nodes it moves, in order.
        public var nodes: [String]

        public init(id: String, versions: [String], source: String, isBridge: Bool, nodes: [String]) {
            self.id = id
            self.versions = versions
            self.source = source
            self.isBridge = isBridge
            self.nodes = nodes
        }
    }

    /// Only what changes.
    public var changes: [Change]
    public var hops: [Hop]
    /// What it does to each node that changes, by name.
    public var nodes: [NodeChange]
    /// What this run leaves for the next one, as sentences; empty when it reaches all that was asked for.
    public var later: [String]

    public init(changes: [Change], hops: [Hop], nodes: [NodeChange] = [], later: [String]) {
        self.changes = changes
        self.hops = hops
        self.nodes = nodes.sorted { $0.node < $1.node }
        self.later = later
    }
}
