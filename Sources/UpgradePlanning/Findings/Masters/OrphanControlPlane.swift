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
            "One master (easy). 1: archive its etcd (the command of the finding), and look through what lives only there: "
                + "kubectl --server https://ORPHAN:6443 get all -A. 2: services.kubernetes.roles = [ \"node\" ]; in its "
                + "configuration. 3: on it: systemctl stop etcd kube-apiserver kube-controller-manager kube-scheduler, then "
                + "mv /var/lib/etcd /var/lib/etcd.orphan (not to the bin). 4: nixos-rebuild switch. 5: on the master, cat "
                + "/var/lib/cfssl/apitoken.secret; on it, nixos-kubernetes-node-join with that. kubectl get nodes shows it "
                + "Ready.",
            "Three masters (safe), since two members bear no loss. 1: archive its etcd as above. 2: "
                + "services.kubernetes.easyCerts = false; with certificates of your own that have all addresses of all three "
                + "in them. 3: on every master services.etcd.initialCluster = [ \"A=https://A:2380\" \"B=https://B:2380\" "
                + "\"C=https://C:2380\" ]; with services.etcd.name and initialAdvertisePeerUrls of its own, and "
                + "listenPeerUrls and listenClientUrls that the others reach. The first member keeps the peer URL that easyCerts "
                + "gave it (https://etcd.local:2380), whatever its configuration says: etcdctl member list, then etcdctl member "
                + "update ID --peer-urls=https://A:2380 before any other joins. 4: for each one "
                + "that joins, one at a time: mv /var/lib/etcd /var/lib/etcd.orphan on it, etcdctl member add B "
                + "--peer-urls=https://B:2380 on the first, services.etcd.initialClusterState = \"existing\"; and "
                + "nixos-rebuild switch on it; wait until etcdctl endpoint health --cluster is well before the next.",
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
            "services.kubernetes.roles = [ \"node\" ];  # in \(node)'s configuration, once its etcd is archived",
            Paste.on(
                node,
                "'systemctl stop kube-controller-manager kube-scheduler kube-apiserver etcd && mv /var/lib/etcd /var/lib/etcd.orphan'"
            ),
            Paste.on(node, "nixos-rebuild switch"),
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
