import Plans

struct ForeignCordon: FindingRule {
    let code = "KUP-P032"
    let title = "somebody else's cordon"
    let severity = Finding.Severity.notice
    let sight = FindingSight.kubernetes
    let page = ExplanationText(
        meaning: "The node takes no new pods, and not because of kupgrade. Somebody had a reason.",
        causes: ["kubectl cordon or drain by hand", "another tool, such as kured", "the operator forgot it"],
        behaviour: "The cordon is left alone: kupgrade drains and upgrades the node and leaves it cordoned.",
        remedies: ["kubectl uncordon NODE, if nobody needs the cordon"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.objects.compactMap { node, object in
            guard object.isUnschedulable, object.cordonedByRun == nil else { return nil }
            return finding(
                "\(node) is cordoned by somebody else, and stays so", node: node,
                why: ["spec.unschedulable is true and no run of kupgrade set it"],
                remedy: ["kubectl uncordon \(Paste.word(object.name))"])
        }
    }
}
