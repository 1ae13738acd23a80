import Plans

struct OrphanControlPlane: FindingRule {
    let code = "KUP-P016"
    let title = "a control plane that nobody follows"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "This master has an etcd of its own, and an apiserver on top of it, while the nodes follow another "
            + "master. Its controller-manager and scheduler may work for either. What was written to it by mistake "
            + "is in its etcd and nowhere else.",
        causes: [
            "roles = [ \"master\" ... ] on a second host with easyCerts: the module gives every master an etcd that "
                + "listens on loopback only, and has never supported more than one master"
        ],
        behaviour: "The plan is computed and cannot be applied. Nothing of either control plane is touched.",
        remedies: [
            "One master (easy): archive its etcd, look through what lives only there, then make the host a node: "
                + "services.kubernetes.roles = [ \"node\" ]; rebuild it, and move its /var/lib/etcd away, not to the bin.",
            "Three masters (safe): easyCerts = false, certificates of your own with all addresses in them, "
                + "services.etcd.initialCluster with all three members on every master, listen addresses that the "
                + "others reach, and a third master, since two members bear no loss. Add members one at a time with "
                + "etcdctl member add and initialClusterState = \"existing\".",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let followers = Followers(draft)
        let clusters = Dictionary(grouping: draft.topology.etcd.answering, by: \.cluster)
        guard clusters.count > 1 else { return [] }
        return draft.topology.etcd.answering.compactMap { member in
            let node = member.node
            guard draft.topology.apiServerNodes.contains(node), followers.others(of: node).isEmpty else { return nil }
            guard draft.topology.names.contains(where: { !followers.others(of: $0).isEmpty && $0 != node }) else {
                return nil
            }
            return finding(
                "the control plane of \(node) stands alone", node: node,
                why: why(node, member, clusters, draft, followers), remedy: remedy(node, draft.topology.hosts[node]))
        }
    }

    private func why(
        _ node: NodeName, _ member: EtcdTopology.Member, _ clusters: [String: [EtcdTopology.Member]],
        _ draft: PlanDraft, _ followers: Followers
    ) -> [String] {
        let mates = clusters[member.cluster] ?? []
        var why = [
            "its etcd is a cluster of \(Amount.count(mates.count, "member")) of its own, at revision \(member.status.revision)"
        ]
        let status = draft.facts.apiServers.first { $0.node == node }?.status.value
        if let contents = status?.contents.value {
            let others = draft.facts.apiServers.filter { $0.node != node }.compactMap {
                $0.status.value?.contents.value
            }
            why += contents.only(beside: others)
        } else {
            why.append("what lives in it could not be read")
        }
        let users = followers.own(of: node)
        why.append(
            users.isEmpty
                ? "nothing uses its apiserver" : "only its own \(users.map(\.rawValue).listed()) use its apiserver")
        return why
    }

    private func remedy(_ node: NodeName, _ host: HostFacts?) -> [String] {
        [
            Paste.etcdctl(node, host, "snapshot save /var/lib/orphan-\(node).db"),
            "services.kubernetes.roles = [ \"node\" ];  # on \(node), once its etcd is archived",
            "kupgrade explain \(code)  # both ways out in full",
        ]
    }
}

/// Whose apiserver each component uses.
struct Followers {
    private let byServer: [NodeName: [(node: NodeName, component: Component)]]

    init(_ draft: PlanDraft) {
        var found: [NodeName: [(NodeName, Component)]] = [:]
        for (node, host) in draft.topology.hosts {
            for component in [Component.kubelet, .proxy, .controllerManager, .scheduler]
            where host.unit(component.unit) != nil {
                if case .node(let server) = draft.topology.reach(of: component, on: node) {
                    found[server, default: []].append((node, component))
                }
            }
        }
        byServer = found.mapValues { $0.map { (node: $0.0, component: $0.1) } }
    }

    /// Nodes beside itself whose components use a node's apiserver.
    func others(of server: NodeName) -> Set<NodeName> {
        Set((byServer[server] ?? []).map(\.node).filter { $0 != server })
    }

    /// A node's own components that use its own apiserver.
    func own(of server: NodeName) -> [Component] {
        (byServer[server] ?? []).filter { $0.node == server }.map(\.component).sorted()
    }
}
