import Plans

struct PendingPods: FindingRule {
    let code = "KUP-P084"
    let title = "pods that will wait until their node is back"
    let severity = Finding.Severity.warning
    let isAboutToday = false
    let page = ExplanationText(
        meaning:
            "No other node can run these pods: their volume, a selector, a taint, or too little room binds them. They "
            + "are Pending from the moment they leave until the node is uncordoned.",
        causes: [
            "a local volume or host path", "nodeSelector or required affinity", "requests larger than what is free",
        ],
        behaviour: "The plan can be applied; what they serve is away for as long as their node is.",
        remedies: ["plan a moment when that is well", "kubectl describe node  # what is free"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        unknown(draft)
            + draft.plannedDrains.compactMap { node, forecast in
                guard !forecast.pending.isEmpty else { return nil }
                return finding(
                    "\(node): \(Amount.count(forecast.pending.count, "pod")) will be Pending until it is back",
                    node: node,
                    why: forecast.pending.map { "\($0.pod): \($0.pendingBecause ?? "")" }.sorted(),
                    remedy: [Paste.pods(of: node, draft)])
            }
    }

    /// Without the claims nobody knows which pods their volumes bind.
    private func unknown(_ draft: PlanDraft) -> [Finding] {
        guard let kubernetes = draft.facts.kubernetes.value, let absence = kubernetes.claims.absence,
            absence.code != .notAsked, !draft.plannedDrains.isEmpty
        else { return [] }
        return [
            finding(
                "whether volumes bind pods to their nodes could not be looked at", why: [absence.reason],
                remedy: ["kubectl get pvc,pv -A", "kupgrade plan"])
        ]
    }
}
