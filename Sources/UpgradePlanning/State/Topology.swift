/// Who runs what, read from units and answers and never from intentions.
struct Topology: Sendable {
    /// The nodes of the cluster file, by name.
    let names: [NodeName]
    let hosts: [NodeName: HostFacts]
    /// Node objects that belong to a node of the cluster file.
    let objects: [NodeName: NodeObjectFacts]
    /// Node objects that belong to none, by name.
    let strangers: [NodeObjectFacts]
    let apiServerNodes: Set<NodeName>
    /// Those that do not answer too, as far as the members that do tell of them.
    let etcdNodes: Set<NodeName>
    let etcd: EtcdTopology
    private let reaches: [NodeName: [Component: Reach]]

    init(_ facts: ClusterFacts) {
        let hosts = Dictionary(facts.nodes.compactMap { node in node.host.value.map { (node.name, $0) } }) { $1 }
        let known = Set(facts.nodes.map(\.name))
        let (objects, strangers) = Self.match(facts.kubernetes.value?.nodes ?? [], known: known)
        func running(_ component: Component) -> Set<NodeName> {
            Set(hosts.filter { $0.value.component(component) != nil }.keys)
        }
        let apiServerNodes = running(.apiServer).union(facts.apiServers.map(\.node)).intersection(known)
        let index = ServerIndex(nodes: facts.nodes, objects: objects, apiServers: apiServerNodes)
        let etcd = EtcdTopology(facts.etcd)
        self.hosts = hosts
        self.objects = objects
        self.strangers = strangers
        self.apiServerNodes = apiServerNodes
        names = known.sorted()
        etcdNodes = running(.etcd).union(facts.etcd.map(\.node)).union(index.silentMembers(of: etcd))
            .intersection(known)
        self.etcd = etcd
        reaches = hosts.reduce(into: [:]) { result, entry in
            for component in [Component.kubelet, .proxy, .controllerManager, .scheduler] {
                let server = entry.value.unit(component.unit)?.server
                result[entry.key, default: [:]][component] = index.reach(from: entry.key, server: server)
            }
        }
    }

    /// Runs an apiserver or an etcd member: moved before the workers.
    func isControlPlane(_ node: NodeName) -> Bool { apiServerNodes.contains(node) || etcdNodes.contains(node) }

    /// A host that was not seen is a member of etcd, and with that most likely a master.
    var hasUnseenMaster: Bool { etcdNodes.contains { hosts[$0] == nil } }

    func reach(of component: Component, on node: NodeName) -> Reach {
        if let reach = reaches[node]?[component] { return reach }
        guard apiServerNodes.count == 1, let only = apiServerNodes.first else { return .unknown }
        return .node(only)
    }

    /// A Node object belongs to the node of the cluster file that has its name, or its name up to the first dot.
    private static func match(
        _ objects: [NodeObjectFacts], known: Set<NodeName>
    ) -> (matched: [NodeName: NodeObjectFacts], strangers: [NodeObjectFacts]) {
        var matched: [NodeName: NodeObjectFacts] = [:]
        var strangers: [NodeObjectFacts] = []
        for object in objects.sorted(by: { $0.name < $1.name }) {
            let short = object.name.prefix { $0 != "." }
            let candidates = [NodeName(object.name), NodeName(short)].compactMap { $0 }
            if let name = candidates.first(where: { known.contains($0) }), matched[name] == nil {
                matched[name] = object
            } else {
                strangers.append(object)
            }
        }
        return (matched, strangers)
    }
}
