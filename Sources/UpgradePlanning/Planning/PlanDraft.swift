import Plans

/// Everything that is known once the way is found: what findings are examined on and steps are written from.
struct PlanDraft: Sendable {
    let request: PlanRequest
    let topology: Topology
    let now: ClusterState
    let route: Route
    /// What draining each node would do, whether this plan does it or not; empty where the pods are not known.
    let drains: [NodeName: DrainForecast]

    var facts: ClusterFacts { request.facts }
    var channel: ChannelFacts { request.channel }
    var policy: PlanPolicy { request.policy }

    /// The run restarts etcd on a node that runs a member of it.
    var movesEtcd: Bool { route.moves.contains { topology.etcdNodes.contains($0.node) && $0.disturbsEtcd } }

    /// The nodes that change in this run.
    let movedNodes: Set<NodeName>
    private let movesByNode: [NodeName: [Move]]

    /// What happens to one node, in order.
    func moves(of node: NodeName) -> [Move] { movesByNode[node] ?? [] }

    init(_ request: PlanRequest) {
        let topology = Topology(request.facts)
        let apiServers = Dictionary(request.facts.apiServers.map { ($0.node, $0.status.value) }) { first, _ in first }
        let states = topology.names.map { name in
            (
                name,
                NodeState(
                    topology.hosts[name], object: topology.objects[name], apiServer: apiServers[name] ?? nil,
                    etcd: topology.etcd.member(on: name)?.status)
            )
        }
        let now = ClusterState(
            topology: topology, nodes: Dictionary(states) { first, _ in first }, leader: topology.etcd.leader)
        var planner = RoutePlanner(
            channel: request.channel, state: now, takesOlderPatches: request.policy.takesOlderPatches)
        self.request = request
        self.topology = topology
        self.now = now
        route = planner.plan()
        movesByNode = Dictionary(grouping: route.moves, by: \.node)
        movedNodes = Set(movesByNode.keys)
        drains = Self.drains(request.facts, topology, movesByNode)
    }

    private static func drains(
        _ facts: ClusterFacts, _ topology: Topology, _ moves: [NodeName: [Move]]
    ) -> [NodeName: DrainForecast] {
        guard let kubernetes = facts.kubernetes.value else { return [:] }
        let forecaster = DrainForecaster(kubernetes)
        return topology.objects.reduce(into: [:]) { result, entry in
            result[entry.key] = forecaster.forecast(
                entry.value.name, as: entry.key,
                hostServices: HostServicesDown.services(of: entry.key, topology, moves[entry.key] ?? [])
            )
        }
    }

    /// The forecasts of the nodes that this plan drains.
    var plannedDrains: [(node: NodeName, forecast: DrainForecast)] {
        let drained = Set(route.moves.filter { $0.impact.needsDrain }.map(\.node))
        // What a host needs that was not seen nobody knows.
        return drained.sorted().filter { topology.hosts[$0] != nil }.compactMap { node in
            drains[node].map { (node, $0) }
        }
    }
}
