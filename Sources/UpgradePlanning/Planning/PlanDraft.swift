/// Everything that is known once the way is found: what findings are examined on and steps are written from.
struct PlanDraft: Sendable {
    let request: PlanRequest
    let topology: Topology
    let now: ClusterState
    let route: Route

    var facts: ClusterFacts { request.facts }
    var channel: ChannelFacts { request.channel }
    var policy: PlanPolicy { request.policy }

    /// The run restarts etcd on a node that runs a member of it.
    var movesEtcd: Bool { route.moves.contains { topology.etcdNodes.contains($0.node) } }

    /// The nodes that change in this run.
    var movedNodes: Set<NodeName> { Set(route.moves.map(\.node)) }

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
        var planner = RoutePlanner(channel: request.channel, state: now)
        self.request = request
        self.topology = topology
        self.now = now
        route = planner.plan()
    }
}
