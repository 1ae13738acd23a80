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

    /// One of the two goes, and comes back afterwards.
    private func remedy(_ block: DrainForecast.Block) -> [String] {
        let space = block.pod.prefix { $0 != "/" }
        let names = block.budgets.compactMap { $0.split(separator: "/").last.map(String.init) }.sorted()
        let look = "kubectl get poddisruptionbudgets -n \(space)"
        guard let last = names.last else { return [look] }
        let file = "\(last).yaml"
        return [
            look, "kubectl get poddisruptionbudget -n \(space) \(last) -o yaml >\(file)",
            "kubectl delete -f \(file)  # and kubectl create -f \(file) afterwards",
        ]
    }

    func examine(_ draft: PlanDraft) -> [Finding] {
        let planned = Set(draft.plannedDrains.map(\.node))
        return draft.drains.sorted { $0.key < $1.key }.flatMap { node, forecast in
            forecast.blocks.filter { $0.budgets.count > 1 }.map { block in
                finding(
                    "\(block.pod) cannot be evicted", node: node,
                    severity: planned.contains(node) ? .blocker : .warning, why: [block.reason],
                    remedy: remedy(block))
            }
        }
    }
}
