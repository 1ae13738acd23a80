import Plans

struct LongGrace: FindingRule {
    let code = "KUP-P086"
    let title = "pods that may take longer to end than a drain may last"
    let severity = Finding.Severity.warning
    let isAboutToday = false
    let page = ExplanationText(
        meaning:
            "A pod may use its whole terminationGracePeriodSeconds to end. Where that is longer than the drain may "
            + "last, a drain that goes well still runs out of time.",
        causes: ["terminationGracePeriodSeconds of an hour, to be on the safe side", "a program that ignores SIGTERM"],
        behaviour: "The plan can be applied; a drain that does not end is given up and the node uncordoned.",
        remedies: ["a longer limit for drains in the cluster file", "a shorter grace period for the pod"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let limit = draft.policy.drainSeconds
        return draft.plannedDrains.compactMap { node, forecast in
            let long = forecast.evictions.filter { $0.graceSeconds >= limit }
            guard !long.isEmpty else { return nil }
            return finding(
                "\(node): \(Amount.count(long.count, "pod")) may take longer to end than a drain may last", node: node,
                why: long.map { "\($0.pod): \(Amount.duration(Int64($0.graceSeconds)))" }.sorted()
                    + ["a drain may last \(Amount.duration(Int64(limit)))"],
                remedy: [Paste.pods(of: node, draft)])
        }
    }
}
