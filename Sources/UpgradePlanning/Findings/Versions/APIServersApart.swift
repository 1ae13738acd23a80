import Plans

struct APIServersApart: FindingRule {
    let code = "KUP-P010"
    let title = "apiservers more than one minor apart"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "The newest and the oldest apiserver of a cluster must be within one minor: they share one etcd, "
            + "and the older one cannot read everything that the newer one writes.",
        causes: ["one master was rebuilt several times and the other was not", "the masters are not one cluster"],
        behaviour: "A plan whose first hop repairs it can be applied, any other cannot.",
        remedies: ["bring the older master up first, minor by minor"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        SkewNow.broken(draft).filter { $0.violation.node == nil }.map { found, severity in
            finding(
                "the apiservers are more than one minor apart", severity: severity,
                why: draft.topology.apiServerNodes.sorted().compactMap { node in
                    draft.now[node]?.running[.apiServer].map { "\(node): \($0)" }
                } + [SkewNow.repair(severity)],
                remedy: draft.topology.apiServerNodes.sorted().map { Paste.on($0, "systemctl status kube-apiserver") })
        }
    }
}
