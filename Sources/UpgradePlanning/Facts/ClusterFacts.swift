/// Everything that was observed of a cluster at one moment: the planner's whole input about the present.
///
/// Holds no secret: every type below it has fields for names, versions, paths, states and numbers only, and command lines
/// go through ``CommandLineFacts``, which keeps the values of known harmless flags and drops all others.
public struct ClusterFacts: Codable, Hashable, Sendable {
    /// The schema this code writes. A reader refuses a greater one and reads every smaller one.
    public static let currentSchema = 1

    public var schema: Int
    /// The cluster's name in the cluster file.
    public var cluster: String
    public var observedAt: Instant
    /// One for each node of the cluster file, ordered by name.
    public var nodes: [NodeFacts]
    /// One for each node whose units or cluster file say that it runs etcd, ordered by node.
    public var etcd: [EtcdEndpointFacts]
    /// One for each node that runs an apiserver, ordered by node.
    public var apiServers: [APIServerFacts]
    /// What the cluster says of itself, asked of one apiserver.
    public var kubernetes: Observed<KubernetesFacts>
    /// From the folder of archives, where the cluster file names one.
    public var archives: Observed<[ArchiveFacts]> = .absent(
        Absence(.notAsked, "the cluster file names no folder of archives"))

    public init(
        cluster: String, observedAt: Instant, nodes: [NodeFacts], etcd: [EtcdEndpointFacts],
        apiServers: [APIServerFacts], kubernetes: Observed<KubernetesFacts>
    ) {
        schema = Self.currentSchema
        self.cluster = cluster
        self.observedAt = observedAt
        self.nodes = nodes.sorted { $0.name < $1.name }
        self.etcd = etcd.sorted { $0.node < $1.node }
        self.apiServers = apiServers.sorted { $0.node < $1.node }
        self.kubernetes = kubernetes
    }
}

extension ClusterFacts {
    /// The masters do not share one etcd.
    public var areSeveralClusters: Bool {
        Set(apiServers.compactMap { $0.status.value?.kubeSystemUID.value }).count > 1
    }

    /// How many clusters the members that answer are; 0 where none does.
    public var etcdClusterCount: Int { EtcdTopology(etcd).clusters.count }

    /// The node whose apiserver most kubelets use; `nil` where that is not known.
    public var followedServer: NodeName? {
        let topology = Topology(self)
        let counts = topology.names.reduce(into: [NodeName: Int]()) { counts, node in
            if case .node(let server) = topology.reach(of: .kubelet, on: node) { counts[server, default: 0] += 1 }
        }
        return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
    }

    /// A node that was not seen and whose apiserver other nodes use, where `asked` has an etcd of its own that knows nothing
    /// of it, and an apiserver that no other node uses and that knows none of those nodes: what `asked` says is not what the cluster is. `nil` otherwise.
    public func unseenServer(besides asked: NodeName) -> NodeName? {
        let index = ServerIndex(nodes: nodes, objects: [:], apiServers: [])
        let members = EtcdTopology(etcd)
        guard members.answering.contains(where: { $0.node == asked }) else { return nil }
        let users = nodes.reduce(into: [NodeName: Set<NodeName>]()) { users, node in
            guard let server = node.host.value?.unit(Component.kubelet.unit)?.server,
                let owner = index.owner(of: server, from: node.name), owner != node.name
            else { return }
            users[owner, default: []].insert(node.name)
        }
        guard users[asked] == nil else { return nil }
        let known = Set((kubernetes.value?.nodes ?? []).map { String($0.name.prefix { $0 != "." }) })
        let silent = index.silentMembers(of: members)
        return nodes.filter { node in
            guard node.host.value == nil, let users = users[node.name], !silent.contains(node.name) else {
                return false
            }
            // Who knows the other's nodes is of one cluster with it, whatever etcd is.
            return users.allSatisfy { !known.contains(String($0.text.prefix { $0 != "." })) }
        }.map(\.name).min()
    }
}
