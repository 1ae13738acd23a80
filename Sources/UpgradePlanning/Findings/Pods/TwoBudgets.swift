import Plans

struct TwoBudgets: FindingRule {
    let code = "KUP-P081"
    let title = "a pod stands under two budgets"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.kubernetes
    let page = ExplanationText(
        meaning:
            "The API refuses to evict a pod that more than one PodDisruptionBudget selects (error 500): its node can "
            + "never be drained.",
        causes: ["a chart and a manifest of your own both bring a budget", "a selector that is too wide"],
        behaviour: "A blocker where the pod's node is drained.",
        remedies: ["narrow one of the two selectors, or delete one budget"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let planned = Set(draft.plannedDrains.map(\.node))
        return draft.drains.sorted { $0.key < $1.key }.flatMap { node, forecast in
            forecast.blocks.filter { $0.budgets.count > 1 }.map { block in
                finding(
                    "\(block.pod) cannot be evicted", node: node,
                    severity: planned.contains(node) ? .blocker : .warning, why: [block.reason],
                    remedy: ["kubectl get poddisruptionbudgets -n \(block.pod.prefix { $0 != "/" })"])
            }
        }
    }
}
