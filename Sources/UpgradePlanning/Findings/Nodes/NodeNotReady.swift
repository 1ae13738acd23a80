import Plans

struct NodeNotReady: FindingRule {
    let code = "KUP-P031"
    let title = "a node is not ready"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.kubernetes
    let page = ExplanationText(
        meaning: "A node that is not Ready runs nothing for certain. Taking another one down beside it makes two.",
        causes: [
            "kubelet or containerd is stopped", "the CNI is not set up", "a disk is full",
            "certificates are expired",
        ],
        behaviour: "The plan is computed and cannot be applied.",
        remedies: ["journalctl -u kubelet on the node", "kubectl describe node"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let objects = draft.topology.objects.map { (name: $0.value.name, node: Optional($0.key), facts: $0.value) }
        let strangers = draft.topology.strangers.map { (name: $0.name, node: NodeName?.none, facts: $0) }
        return (objects + strangers).filter { !$0.facts.isReady }.map { object in
            finding(
                "node \(object.name) is not ready", node: object.node,
                why: object.facts.troubles.isEmpty
                    ? ["its condition Ready is not True"] : object.facts.troubles.sorted(),
                remedy: ["kubectl describe node \(Paste.word(object.name))"]
                    + (object.node.map { [Paste.on($0, "journalctl -u kubelet -n 50")] } ?? []))
        }
    }
}
