import Plans

struct NodeObjectMissing: FindingRule {
    let code = "KUP-P037"
    let title = "a node of the cluster file is not in the cluster"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.kubernetes
    let page = ExplanationText(
        meaning: "The host runs a kubelet and the cluster knows no such node: the kubelet has not registered, or "
            + "has registered elsewhere or under another name. It could neither be drained nor proven well.",
        causes: [
            "the kubelet cannot reach the apiserver or has no valid certificate",
            "services.kubernetes.kubelet.hostname differs from the name in the cluster file",
            "the host belongs to another cluster",
        ],
        behaviour: "The plan is computed and cannot be applied. A host without a kubelet is not concerned.",
        remedies: ["compare kubectl get nodes with the cluster file", "journalctl -u kubelet on the host"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        guard draft.facts.kubernetes.value != nil else { return [] }
        return draft.topology.hosts.compactMap { node, host in
            guard draft.topology.objects[node] == nil, host.component(.kubelet) != nil else { return nil }
            let known = draft.topology.objects.values.map(\.name) + draft.topology.strangers.map(\.name)
            return finding(
                "the cluster has no node \(node), though its host has a kubelet", node: node,
                why: ["the cluster has \(known.isEmpty ? "no nodes" : known.listed())"],
                remedy: ["kubectl get nodes", Paste.on(node, "journalctl -u kubelet -n 50")])
        }
    }
}
