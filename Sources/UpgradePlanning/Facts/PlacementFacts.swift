/// What the scheduler must respect when it looks for a node for a pod (https://kubernetes.io/docs/concepts/scheduling-eviction/).
/// Preferences are left out: they never keep a pod Pending.
public struct PlacementFacts: Codable, Hashable, Sendable {
    /// Labels that the node must have.
    public var nodeSelector: [String: String] = [:]
    /// One of these must hold; each holds when all of its expressions do. Empty where any node will do.
    public var nodeTerms: [NodeTermFacts] = []
    public var tolerations: [TolerationFacts] = []
    /// Pods that must not share its topology domain.
    public var repels: [PodTermFacts] = []
    /// Pods of which one must share its topology domain.
    public var attracts: [PodTermFacts] = []
    /// Ports of the host that it takes, as `TCP/80`.
    public var hostPorts: [String] = []
    /// Rules that keep pods of one kind spread (`topologySpreadConstraints` with `DoNotSchedule`); absent in facts of
    /// before kupgrade looked for them.
    public var spreads: [SpreadFacts]?

    public init() {}
}

/// Expressions on a node, all of which must hold.
public struct NodeTermFacts: Codable, Hashable, Sendable {
    public struct Expression: Codable, Hashable, Sendable {
        public var key: String
        /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`.
        public var `operator`: String
        public var values: [String]

        public init(key: String, operator: String, values: [String]) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }
    }

    public var labels: [Expression]
    /// The only field there is: `metadata.name`.
    public var fields: [Expression]

    public init(labels: [Expression], fields: [Expression] = []) {
        self.labels = labels
        self.fields = fields
    }
}

public struct TolerationFacts: Codable, Hashable, Sendable {
    /// Empty: every key.
    public var key: String
    /// `Equal` or `Exists`.
    public var `operator`: String
    public var value: String
    /// Empty: every effect.
    public var effect: String

    public init(key: String, operator: String, value: String, effect: String) {
        self.key = key
        self.operator = `operator`
        self.value = value
        self.effect = effect
    }
}

/// Pods by their labels, within one topology domain.
public struct PodTermFacts: Codable, Hashable, Sendable {
    public var selector: LabelSelectorFacts
    /// Namespaces it looks in; without a selector of them empty for the pod's own.
    public var namespaces: [String]
    /// It looks in the namespaces whose labels this holds for, too; an empty one holds for all.
    public var namespaceSelector: LabelSelectorFacts?
    /// The node label whose value names the domain, such as `kubernetes.io/hostname`.
    public var topologyKey: String

    public init(selector: LabelSelectorFacts, namespaces: [String], topologyKey: String) {
        self.selector = selector
        self.namespaces = namespaces
        self.topologyKey = topologyKey
    }
}

/// One rule of how evenly pods must be spread over the domains of a node label.
public struct SpreadFacts: Codable, Hashable, Sendable {
    public var selector: LabelSelectorFacts
    public var topologyKey: String
    /// A domain may have so many pods more than the one that has the fewest.
    public var maxSkew: Int
    /// With fewer domains than so many, a domain may have `maxSkew` pods at most.
    public var minDomains: Int?
    /// Nodes that the pod's selectors rule out count too; absent where they do not.
    public var countsOtherNodes: Bool?
    /// Nodes whose taints the pod does not tolerate are left out; absent where they count.
    public var honorsTaints: Bool?

    public init(selector: LabelSelectorFacts, topologyKey: String, maxSkew: Int) {
        self.selector = selector
        self.topologyKey = topologyKey
        self.maxSkew = maxSkew
    }
}

/// A claim that is bound to a volume, and where that volume can be used.
public struct ClaimFacts: Codable, Hashable, Sendable {
    public var namespace: String
    public var name: String
    /// The PersistentVolume's name.
    public var volume: String
    /// `local`, `hostPath`, `csi`, `nfs`, …
    public var kind: String
    /// On the host, for a volume that is a folder there.
    public var path: String?
    /// One of these must hold for the node; empty where any node will do.
    public var nodeTerms: [NodeTermFacts]

    public init(
        namespace: String, name: String, volume: String, kind: String, path: String?, nodeTerms: [NodeTermFacts]
    ) {
        self.namespace = namespace
        self.name = name
        self.volume = volume
        self.kind = kind
        self.path = path
        self.nodeTerms = nodeTerms
    }

    /// Its data is on one host and nowhere else.
    public var isLocal: Bool { kind == "local" || kind == "hostPath" }
}
