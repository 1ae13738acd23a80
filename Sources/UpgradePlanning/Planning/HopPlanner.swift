import Plans

/// Orders the moves of one hop, node by node, and follows what the cluster runs after each.
struct HopPlanner {
    let hop: Hop
    let offers: [NodeName: NodeOffer]
    private(set) var state: ClusterState
    private(set) var wayBack: WayBack
    private var parked: [NodeName] = []
    private var moved: [NodeName] = []

    init(hop: Hop, offers: [NodeName: NodeOffer], state: ClusterState, wayBack: WayBack) {
        self.hop = hop
        self.offers = offers
        self.state = state
        self.wayBack = wayBack
    }

    /// Control plane first, then workers; in each group the first node in the preferred order whose move is legal.
    mutating func plan() -> HopMoves {
        var moves: [Move] = []
        let order = Order.preferred(offers.keys, in: state)
        var masters = order.filter(state.topology.isControlPlane)
        while !masters.isEmpty {
            let (index, broken) = firstLegal(masters)
            let node = masters.remove(at: index)
            moves += move(node, breaking: broken, waiting: masters)
        }
        for node in order where !state.topology.isControlPlane(node) {
            moves += move(node, breaking: broken(by: node), waiting: [])
        }
        return HopMoves(hop: hop, moves: moves)
    }

    /// Which of the masters comes next, and what its move breaks: nothing, unless no move is legal.
    private func firstLegal(_ masters: [NodeName]) -> (index: Int, broken: [NodeViolation]) {
        var first: [NodeViolation] = []
        for (index, node) in masters.enumerated() {
            let broken = broken(by: node)
            if broken.isEmpty { return (index, []) }
            if index == 0 { first = broken }
        }
        return (0, first)
    }

    private mutating func move(_ node: NodeName, breaking broken: [NodeViolation], waiting: [NodeName]) -> [Move] {
        guard let offer = offers[node], let before = state[node] else { return [] }
        let impact = ImpactRule.impact(of: offer, on: before)
        guard impact != .none else { return [] }
        let parks = parksControllers(node)
        let leader = impact.disturbsEtcd ? newLeader(for: node) : nil
        state.apply(offer, to: node, impact: impact)
        if parks {
            state.park(Self.controllers, on: node)
            parked.append(node)
        }
        if let leader, let name = NodeName(leader.node) { state.leader = name }
        moved.append(node)
        let way = wayBackAfter(offer, before: before)
        wayBack = wayBack.harder(way)
        return [
            Move(
                hop: hop, node: node, offer: offer, before: before, impact: impact, wayBack: wayBack,
                losesWayBack: way != .free, broken: broken, parksControllers: parks, unparks: unpark(waiting),
                newLeader: leader)
        ]
    }

    private static let controllers: Set<Component> = [.controllerManager, .scheduler]

    /// Skew rules that are kept now and would not be, were this node moved next.
    private func broken(by node: NodeName) -> [NodeViolation] {
        guard let offer = offers[node], var moved = state[node] else { return [] }
        let impact = ImpactRule.impact(of: offer, on: moved)
        guard state.topology.apiServerNodes.contains(node) else {
            moved.apply(offer, impact: impact)
            let after = state.violations(on: node, as: moved).map { NodeViolation(node, $0) }
            let before = state.violations(on: node).map { NodeViolation(node, $0) }
            return NodeViolation.worsened(from: Set(before), to: Set(after))
        }
        var after = state
        after.apply(offer, to: node, impact: impact)
        if parksControllers(node) { after.park(Self.controllers, on: node) }
        return NodeViolation.worsened(from: state.violations(), to: after.violations())
    }

    /// While apiservers of two minors run, a newer controller that may reach the older one must not run.
    private func parksControllers(_ node: NodeName) -> Bool {
        guard let components = state[node]?.components, let oldest = otherApiServers(than: node),
            oldest < hop.minor
        else { return false }
        return Self.controllers.intersection(components).contains { component in
            switch state.topology.reach(of: component, on: node) {
            case .shared, .unknown: true
            case .node: false
            }
        }
    }

    private func otherApiServers(than node: NodeName) -> MinorRelease? {
        state.topology.apiServerNodes.filter { $0 != node }.compactMap { state[$0]?.minor(.apiServer) }.min()
    }

    /// Once no apiserver is behind, or none is left to move, the parked controllers come back.
    private mutating func unpark(_ waiting: [NodeName]) -> [NodeName] {
        let isBehind = waiting.contains { state.topology.apiServerNodes.contains($0) }
        guard !parked.isEmpty, !isBehind else { return [] }
        let nodes = parked
        parked = []
        for node in nodes { state.unpark(node) }
        return nodes
    }

    /// The node moved first in this hop leads from now on; else the first healthy voter by name.
    private func newLeader(for node: NodeName) -> LeaderTarget? {
        guard state.leader == node else { return nil }
        let others = state.topology.etcd.healthyVoters.filter { $0.node != node }
        let chosen = moved.lazy.compactMap { name in others.first { $0.node == name } }.first ?? others.first
        return chosen.map { LeaderTarget(node: $0.node.text, memberID: $0.status.memberID) }
    }

    /// Its apiserver gets another configuration of encryption at rest: what it seals from then on the old system cannot read.
    private static func sealsAnew(from old: ClosureFacts?, to new: ClosureFacts?) -> Bool {
        func configuration(_ closure: ClosureFacts?) -> String? {
            closure?.units[Component.apiServer.unit]?.commandLine?.value(of: "--encryption-provider-config")
        }
        guard old != nil, let wanted = configuration(new) else { return false }
        return wanted != configuration(old)
    }

    /// What this activation alone does to the way back; called with the state that follows it.
    private func wayBackAfter(_ offer: NodeOffer, before: NodeState) -> WayBack {
        if let old = before.running[.apiServer]?.minorRelease,
            Emulation.minor(of: before.closure, version: old)
                < Emulation.minor(of: offer.closure, version: offer.kubernetes.minorRelease)
        {
            return .needsRestore
        }
        if before.components.contains(.apiServer), Self.sealsAnew(from: before.closure, to: offer.closure) {
            return .needsRestore
        }
        guard let old = before.running[.etcd]?.minorRelease, let new = offer.etcd?.minorRelease, old < new else {
            return .free
        }
        // The cluster version follows the oldest member: it moves with the last one.
        let isLast = state.topology.etcdNodes.allSatisfy { (state[$0]?.running[.etcd]?.minorRelease ?? new) >= new }
        return isLast ? EtcdRules.wayBack(from: old) : .free
    }
}
