import Plans

struct SkewOverLimit: FindingRule {
    let code = "KUP-P012"
    let title = "skew over the limit"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "A component runs beside an apiserver or kubelet that it is not made for: controller-manager and "
            + "scheduler may be one minor behind and never ahead, kubelet and kube-proxy three behind (two before "
            + "1.25).",
        causes: ["a node was left out of several upgrades", "a component's package is pinned"],
        behaviour: "A plan whose first hop repairs it can be applied, any other cannot.",
        remedies: ["bring the node that is behind up to the running minor first"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        SkewNow.broken(draft).compactMap { found, severity in
            guard let node = found.node, !isKubeletTooNew(found.violation) else { return nil }
            return finding(
                "\(found.violation.subject.rawValue) of \(node) is outside of what may run together", node: node,
                severity: severity, why: [found.violation.description, SkewNow.repair(severity)],
                remedy: [Paste.on(node, "systemctl status \(found.violation.subject.rawValue)"), "kupgrade plan"])
        }
    }

    private func isKubeletTooNew(_ violation: SkewViolation) -> Bool {
        guard violation.subject == .kubelet, case .tooNew = violation.rule else { return false }
        return true
    }
}
