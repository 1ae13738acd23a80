import Plans

struct BudgetBlocks: FindingRule {
    let code = "KUP-P080"
    let title = "a budget keeps a node from being drained"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning:
            "A PodDisruptionBudget allows no eviction of a pod that has to leave. Where it needs as many pods as there "
            + "are, waiting never helps: kubectl drain tries forever and says nothing.",
        causes: [
            "minAvailable equals the number of replicas, or maxUnavailable is 0", "one replica and minAvailable: 1",
            "other pods of the budget are not ready", "a storage operator's budget for its own pods",
        ],
        behaviour:
            "A budget that can never be met is a blocker where its pod's node is drained; one that only waits for "
            + "pods to be ready is a warning.",
        remedies: [
            "kubectl scale deployment NAME --replicas=2  # and back afterwards",
            "a budget with maxUnavailable: 1 never deadlocks",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let budgets = Budgets(draft.facts.kubernetes.value?.budgets ?? []).all
        let planned = Set(draft.plannedDrains.map(\.node))
        return draft.drains.sorted { $0.key < $1.key }.flatMap { node, forecast in
            Dictionary(grouping: forecast.blocks.filter { $0.budgets.count == 1 }, by: \.reason).sorted {
                $0.key < $1.key
            }
            .map { reason, blocks in
                let budget = budgets.first { $0.name == blocks.first?.budgets.first }
                let isNever = budget?.isNeverMet ?? false
                return finding(
                    "\(node) cannot be drained: \(reason)", node: node,
                    severity: !planned.contains(node) ? .notice : isNever ? .blocker : .warning,
                    why: [
                        "holds back \(blocks.map(\.pod).listed())",
                        isNever
                            ? "it needs every pod that there is: waiting does not help"
                            : "other pods of it are not ready",
                    ], remedy: remedy(budget))
            }
        }
    }

    private func remedy(_ budget: Budgets.Budget?) -> [String] {
        guard let budget else { return [] }
        let name = "-n \(budget.facts.namespace) poddisruptionbudget \(budget.facts.name)"
        return ["kubectl describe \(name)", "kubectl get -n \(budget.facts.namespace) deployments,statefulsets"]
    }
}
