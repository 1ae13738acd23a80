import Plans

struct WrongHost: HostRule {
    let code = "KUP-P106"
    let title = "another host answers in a node's name"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning:
            "What answers at a node's addresses is not that node: it has the name or the machine-id of another one, or "
            + "two nodes are one host. All that is said of the node is said of the wrong host, and it would get the other "
            + "one's system.",
        causes: [
            "addresses were swapped or copied in the cluster file",
            "a name leads elsewhere: DNS, /etc/hosts, ssh's HostName",
            "hosts were cloned and have one machine-id",
        ],
        behaviour: "The plan is computed and cannot be applied.",
        remedies: [
            "kupgrade config explain  # which addresses are asked", "ssh ADDRESS hostname",
            "cloned hosts: systemd-machine-id-setup after rm /etc/machine-id, then a boot",
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        let topology = draft.topology
        let why = twin(of: node, host, topology) + otherName(node, host, topology) + otherObject(node, host, topology)
        guard !why.isEmpty else { return [] }
        return [
            finding(
                "what answers as \(node) is another host", node: node, why: why,
                remedy: [Paste.on(node, "hostname"), "kupgrade config explain  # which addresses are asked"])
        ]
    }

    /// One host under two names of the cluster file: of one machine, and of one boot of it.
    private func twin(of node: NodeName, _ host: HostFacts, _ topology: Topology) -> [String] {
        topology.names.filter { other in
            guard other != node, !host.machineID.isEmpty, let there = topology.hosts[other] else { return false }
            return there.machineID == host.machineID && there.bootID == host.bootID
        }.map { "it is the host that answers as \($0), too: machine-id \(host.machineID)" }
    }

    /// It calls itself as another node is called.
    private func otherName(_ node: NodeName, _ host: HostFacts, _ topology: Topology) -> [String] {
        let short = String(host.hostname.prefix { $0 != "." })
        guard short != node.text, host.hostname != node.text,
            let other = topology.names.first(where: { $0.text == short || $0.text == host.hostname })
        else { return [] }
        return ["it calls itself \(other)"]
    }

    /// The cluster knows its machine-id, as another node's.
    private func otherObject(_ node: NodeName, _ host: HostFacts, _ topology: Topology) -> [String] {
        guard !host.machineID.isEmpty, let own = topology.objects[node]?.machineID, own != host.machineID else {
            return []
        }
        let others =
            topology.objects.values.filter { $0.machineID == host.machineID }
            + topology.strangers.filter {
                $0.machineID == host.machineID
            }
        return others.map(\.name).sorted().map { "the cluster knows its machine-id as that of \($0)" }
    }
}
