import Plans

struct OpenRun: FindingRule {
    let code = "KUP-P034"
    let title = "a run was left open"
    let severity = Finding.Severity.warning
    let sight = FindingSight.kubernetes
    let page = ExplanationText(
        meaning: "A run of kupgrade cordoned this node and has not lifted it. It may be running, or have been "
            + "interrupted.",
        causes: ["the run still goes on", "the operator's machine went away", "the run stopped at a gate"],
        behaviour: "Planning goes on from what the cluster is now. The lock decides whether a new run may start.",
        remedies: ["find out who started the run and finish it, or uncordon the node by hand"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.objects.compactMap { node, object in
            guard let run = object.cordonedByRun, object.isUnschedulable else { return nil }
            return finding(
                "run \(run) has left \(node) cordoned", node: node,
                why: ["spec.unschedulable is true, set by run \(run)"],
                remedy: ["kubectl uncordon \(Paste.word(object.name))  # when nobody works on it any more"])
        }
    }
}
