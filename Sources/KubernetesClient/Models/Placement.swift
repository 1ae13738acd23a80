/// What binds a pod to some nodes and keeps it from others.
public struct Placement: Hashable, Sendable {
    public struct Toleration: Decodable, Hashable, Sendable {
        public var key: String?
        public var `operator`: String?
        public var value: String?
        public var effect: String?
    }

    public struct PodTerm: Hashable, Sendable {
        public var selector: LabelSelector?
        public var namespaces: [String]
        /// Of labels of namespaces (since 1.21): it looks in those too. An empty one holds for all.
        public var namespaceSelector: LabelSelector?
        public var topologyKey: String
    }

    public struct Spread: Hashable, Sendable {
        public var selector: LabelSelector?
        public var topologyKey: String
        public var maxSkew: Int
        /// With fewer domains than so many, the one with the fewest counts as empty (since 1.24).
        public var minDomains: Int?
        /// Nodes that the pod's selectors rule out are left out; else they count (`nodeAffinityPolicy`, since 1.25).
        public var honorsAffinity: Bool
        /// Nodes whose taints the pod does not tolerate are left out (`nodeTaintsPolicy`, since 1.25).
        public var honorsTaints: Bool
    }

    public var nodeSelector: [String: String] = [:]
    /// `requiredDuringSchedulingIgnoredDuringExecution` of the node affinity.
    public var nodeTerms: [NodeTerm] = []
    public var tolerations: [Toleration] = []
    public var repels: [PodTerm] = []
    public var attracts: [PodTerm] = []
    /// `TCP/80`
    public var hostPorts: [String] = []
    /// `topologySpreadConstraints` that say `DoNotSchedule`.
    public var spreads: [Spread] = []
}

/// One term of a node selector: all of its expressions must hold.
public struct NodeTerm: Decodable, Hashable, Sendable {
    public struct Expression: Decodable, Hashable, Sendable {
        public var key: String
        public var `operator`: String
        public var values: [String]?
    }

    public var matchExpressions: [Expression]?
    public var matchFields: [Expression]?
}

/// `nodeAffinity.required` of a volume, `requiredDuringSchedulingIgnoredDuringExecution` of a pod.
struct NodeSelectorTerms: Decodable {
    var nodeSelectorTerms: [NodeTerm]?
}

/// One of `spec.topologySpreadConstraints` of a pod.
struct SpreadEntry: Decodable {
    var maxSkew: Int
    var topologyKey: String
    var whenUnsatisfiable: String?
    var labelSelector: LabelSelector?
    /// Labels of the pod whose own values the selector asks for too (since 1.27).
    var matchLabelKeys: [String]?
    var minDomains: Int?
    var nodeAffinityPolicy: String?
    var nodeTaintsPolicy: String?

    /// `nil` where it is a wish only. `DoNotSchedule` is the default.
    func spread(ofPodWith labels: [String: String]) -> Placement.Spread? {
        guard whenUnsatisfiable ?? "DoNotSchedule" == "DoNotSchedule" else { return nil }
        return Placement.Spread(
            selector: selector(labels), topologyKey: topologyKey, maxSkew: maxSkew, minDomains: minDomains,
            honorsAffinity: nodeAffinityPolicy ?? "Honor" == "Honor", honorsTaints: nodeTaintsPolicy == "Honor")
    }

    private func selector(_ labels: [String: String]) -> LabelSelector? {
        let own = (matchLabelKeys ?? []).compactMap { key in labels[key].map { (key, $0) } }
        guard !own.isEmpty, var selector = labelSelector else { return labelSelector }
        selector.matchLabels = selector.matchLabels.merging(own, uniquingKeysWith: { $1 })
        return selector
    }
}

/// `spec.affinity` of a pod.
struct AffinityEntry: Decodable {
    struct Node: Decodable { var requiredDuringSchedulingIgnoredDuringExecution: NodeSelectorTerms? }
    struct Pods: Decodable { var requiredDuringSchedulingIgnoredDuringExecution: [Term]? }

    struct Term: Decodable {
        var labelSelector: LabelSelector?
        var namespaces: [String]?
        var namespaceSelector: LabelSelector?
        var topologyKey: String

        var term: Placement.PodTerm {
            Placement.PodTerm(
                selector: labelSelector, namespaces: namespaces ?? [], namespaceSelector: namespaceSelector,
                topologyKey: topologyKey)
        }
    }

    var nodeAffinity: Node?
    var podAffinity: Pods?
    var podAntiAffinity: Pods?
}
