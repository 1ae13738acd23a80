/// In which order nodes are moved, as far as it is a matter of taste; the skew rules have the last word.
enum Order {
    /// Control plane before workers. Among masters etcd's leader comes last, so that leadership moves once; among
    /// equals the operator's own host comes last, then the name decides. The first worker is the canary.
    static func preferred(_ nodes: some Sequence<NodeName>, in state: ClusterState) -> [NodeName] {
        let topology = state.topology
        return nodes.map { node in
            Rank(
                group: topology.isControlPlane(node) ? 0 : 1, leads: node == state.leader ? 1 : 0,
                operatorSitsThere: topology.hosts[node]?.isOperatorHost == true ? 1 : 0, node: node)
        }.sorted().map(\.node)
    }

    private struct Rank: Comparable {
        let group: Int
        let leads: Int
        let operatorSitsThere: Int
        let node: NodeName

        static func < (left: Rank, right: Rank) -> Bool {
            (left.group, left.leads, left.operatorSitsThere, left.node)
                < (right.group, right.leads, right.operatorSitsThere, right.node)
        }
    }
}
