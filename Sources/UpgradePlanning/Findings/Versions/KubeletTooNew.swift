import Plans

struct KubeletTooNew: FindingRule {
    let code = "KUP-P011"
    let title = "kubelet newer than its apiserver"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "A kubelet must not be newer than any apiserver it may reach: pods may not start (kubernetes "
            + "issue 127316).",
        causes: ["a worker was rebuilt before the masters", "a run was stopped half way", "a master was set back"],
        behaviour: "A plan whose first hop repairs it can be applied, any other cannot.",
        remedies: ["set the node back to its previous generation", "or bring the masters up: kupgrade plan"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        SkewNow.broken(draft).compactMap { found, severity in
            guard let node = found.node, found.violation.subject == .kubelet,
                case .tooNew = found.violation.rule
            else { return nil }
            return finding(
                "the kubelet of \(node) is newer than its apiserver", node: node, severity: severity,
                why: [found.violation.description, SkewNow.repair(severity)],
                remedy: [Paste.on(node, "nixos-rebuild list-generations"), "kupgrade plan"])
        }
    }
}
