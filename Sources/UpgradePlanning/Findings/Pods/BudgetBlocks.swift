import Plans

struct BudgetBlocks: FindingRule {
    let code = "KUP-P080"
    let title = "a budget keeps a node from being drained"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.kubernetes
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
                let cause = Self.cause(budget, forecast, draft)
                return finding(
                    "\(node) cannot be drained: \(reason)", node: node,
                    severity: !planned.contains(node) ? .notice : cause.waitingHelps ? .warning : .blocker,
                    why: ["holds back \(blocks.map(\.pod).listed())", cause.words],
                    remedy: remedy(budget, blocks, cause))
            }
        }
    }

    /// What keeps the budget from being met.
    private struct Cause {
        let words: String
        let waitingHelps: Bool
        /// The pods that it holds back have no other node to run on.
        var isStuck = false
        /// A pod of it that is not ready.
        var unready: String?
    }

    private static func cause(_ budget: Budgets.Budget?, _ forecast: DrainForecast, _ draft: PlanDraft) -> Cause {
        guard let budget else { return Cause(words: "the budget is not known", waitingHelps: true) }
        if budget.isNeverMet {
            return Cause(words: "it needs every pod that there is: waiting does not help", waitingHelps: false)
        }
        let waiting = Set(forecast.pending.map(\.pod))
        let pods = draft.facts.kubernetes.value?.pods ?? []
        let stuck = pods.filter { pod in
            waiting.contains(pod.reference) && pod.namespace == budget.facts.namespace
                && budget.facts.selector.matches(pod.labels)
        }
        guard stuck.isEmpty else {
            return Cause(
                words: "\(stuck.map(\.reference).listed()) of it find no other node: waiting does not help",
                waitingHelps: false, isStuck: true)
        }
        if budget.facts.isStale == true {
            return Cause(words: "the controller has not looked at it since it was changed", waitingHelps: true)
        }
        let unready = pods.filter { pod in
            pod.namespace == budget.facts.namespace && !pod.isReady && !pod.isFinished
                && budget.facts.selector.matches(pod.labels)
        }
        return Cause(
            words: unready.isEmpty ? "too few pods of it are ready" : "\(unready.map(\.reference).listed()) not ready",
            waitingHelps: true, unready: unready.first?.name)
    }

    private func remedy(_ budget: Budgets.Budget?, _ blocks: [DrainForecast.Block], _ cause: Cause) -> [String] {
        guard let budget else { return [] }
        let space = "-n \(budget.facts.namespace)"
        let place = "\(space) poddisruptionbudget \(budget.facts.name)"
        // More pods would be as unready, or find as little room.
        if let unready = cause.unready {
            return ["kubectl describe \(place)", "kubectl describe \(space) pod \(unready)"]
        }
        if cause.isStuck {
            let change = "'{\"spec\":{\"minAvailable\":null,\"maxUnavailable\":\(budget.facts.expectedPods)}}'"
            return [
                "kubectl describe \(place)",
                "kubectl patch \(place) --type=merge -p \(change)  # all of it is away meanwhile; or let it run elsewhere",
            ]
        }
        // More pods help against a number only, not against all or none.
        guard let least = budget.facts.minAvailable, Int(least) != nil else {
            let change = "'{\"spec\":{\"minAvailable\":null,\"maxUnavailable\":1}}'"
            return ["kubectl describe \(place)", "kubectl patch \(place) --type=merge -p \(change)"]
        }
        let scaled = Set(blocks.compactMap(\.owner)).sorted().compactMap(Self.workload).map { workload in
            "kubectl scale \(space) \(workload) --replicas=\(budget.facts.expectedPods + 1)  # and back afterwards"
        }
        let look = scaled.isEmpty ? ["kubectl get \(space) deployments,statefulsets"] : scaled
        return ["kubectl describe \(place)"] + look
    }

    /// `deployment/web` of `ReplicaSet web-5d4`; `nil` for what cannot be scaled.
    private static func workload(_ owner: String) -> String? {
        let words = owner.split(separator: " ").map(String.init)
        guard words.count == 2 else { return nil }
        switch words[0] {
        case "ReplicaSet":
            let parts = words[1].split(separator: "-")
            return parts.count > 1 ? "deployment/\(parts.dropLast().joined(separator: "-"))" : nil
        case "StatefulSet": return "statefulset/\(words[1])"
        default: return nil
        }
    }
}
