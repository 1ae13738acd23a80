import Plans

/// What every node runs at one moment of a plan, and whether those versions may run beside each other.
struct ClusterState: Sendable {
    let topology: Topology
    private(set) var nodes: [NodeName: NodeState]
    /// Where etcd's leader is; `nil` where it is not known.
    var leader: NodeName?
    /// Minors of the apiservers that run, oldest to newest; `nil` where none is known.
    private(set) var apiServers: ClosedRange<MinorRelease>?

    init(topology: Topology, nodes: [NodeName: NodeState], leader: NodeName?) {
        self.topology = topology
        self.nodes = nodes
        self.leader = leader
        apiServers = Self.range(nodes.values.compactMap { $0.minor(.apiServer) })
    }

    subscript(node: NodeName) -> NodeState? { nodes[node] }

    mutating func apply(_ offer: NodeOffer, to node: NodeName, impact: Impact) {
        nodes[node]?.apply(offer, impact: impact)
        guard nodes[node]?.components.contains(.apiServer) == true else { return }
        apiServers = Self.range(nodes.values.compactMap { $0.minor(.apiServer) })
    }

    mutating func park(_ components: Set<Component>, on node: NodeName) { nodes[node]?.parked.formUnion(components) }

    mutating func unpark(_ node: NodeName) { nodes[node]?.parked = [] }

    /// The minors of the apiservers that a node's component may talk to.
    func reachable(from node: NodeName, by component: Component) -> ClosedRange<MinorRelease>? {
        switch topology.reach(of: component, on: node) {
        case .node(let server):
            nodes[server]?.minor(.apiServer).map { $0...$0 } ?? apiServers
        case .shared:
            apiServers
        case .unknown:
            // A master's components are most often pointed at its own apiserver; a worker's may reach any.
            nodes[node]?.minor(.apiServer).map { $0...$0 } ?? apiServers
        }
    }

    /// Skew rules that one node's own components break.
    func violations(on node: NodeName) -> [SkewViolation] {
        nodes[node].map { violations(on: node, as: $0) } ?? []
    }

    /// Skew rules that one node's own components would break, were it in another state and its apiserver in none.
    func violations(on node: NodeName, as state: NodeState) -> [SkewViolation] {
        var found: [SkewViolation?] = []
        if let kubelet = state.minor(.kubelet), let servers = reachable(from: node, by: .kubelet) {
            found.append(Skew.kubelet(kubelet, apiServers: servers))
        }
        if let proxy = state.minor(.proxy), let servers = reachable(from: node, by: .proxy) {
            found.append(Skew.proxy(proxy, apiServers: servers))
            found.append(state.minor(.kubelet).flatMap { Skew.proxy(proxy, kubelet: $0) })
        }
        for component in [Component.controllerManager, .scheduler] {
            if let minor = state.minor(component), let servers = reachable(from: node, by: component) {
                found.append(Skew.controller(component, minor, apiServers: servers))
            }
        }
        return found.compactMap { $0 }
    }

    /// Every skew rule that is broken now.
    func violations() -> Set<NodeViolation> {
        var found = Set(nodes.keys.flatMap { node in violations(on: node).map { NodeViolation(node, $0) } })
        if let apiServers, let violation = Skew.apiServers(apiServers) { found.insert(NodeViolation(nil, violation)) }
        return found
    }

    private static func range(_ minors: [MinorRelease]) -> ClosedRange<MinorRelease>? {
        guard let oldest = minors.min(), let newest = minors.max() else { return nil }
        return oldest...newest
    }
}

/// A skew rule that a node breaks, or the apiservers together.
struct NodeViolation: Hashable, Comparable, Sendable {
    /// `nil` for the apiservers among each other.
    let node: NodeName?
    let violation: SkewViolation

    init(_ node: NodeName?, _ violation: SkewViolation) {
        self.node = node
        self.violation = violation
    }

    /// Those of `after` that were no part of `before`, or are worse than they were there. A rule that a move leaves
    /// broken but brings nearer to what it asks for is not broken by that move.
    static func worsened(from before: Set<NodeViolation>, to after: Set<NodeViolation>) -> [NodeViolation] {
        let distances = Dictionary(before.map { ($0.identity, $0.violation.distance) }) { max($0, $1) }
        return after.filter { $0.violation.distance > distances[$0.identity] ?? 0 }.sorted()
    }

    /// The same two components breaking the same rule, by however much.
    private var identity: [String] {
        let isTooNew = if case .tooNew = violation.rule { "too new" } else { "too old" }
        return [node?.text ?? "", violation.subject.rawValue, violation.other.rawValue, isTooNew]
    }

    static func < (left: NodeViolation, right: NodeViolation) -> Bool {
        (left.node?.text ?? "", left.violation.description) < (right.node?.text ?? "", right.violation.description)
    }
}
