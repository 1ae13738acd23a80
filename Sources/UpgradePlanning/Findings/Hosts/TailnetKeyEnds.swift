import Plans

struct TailnetKeyEnds: HostRule {
    let code = "KUP-P099"
    let title = "Tailscale's key of a node ends"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "A node whose key has ended leaves the tailnet until somebody logs it in again by a browser. If etcd and the "
            + "kubelets talk over it, that is the end of the node.",
        causes: ["keys end after 180 days unless it is switched off for the machine"],
        behaviour: "The plan can be applied.",
        remedies: ["disable key expiry for the node in Tailscale's admin console", "tailscale up --force-reauth"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard let ends = host.platform.tailnetKeyEnds else { return [] }
        let left = ends.secondsSince1970 - draft.facts.observedAt.secondsSince1970
        guard left <= Int64(draft.policy.authorityWarningDays) * 86_400 else { return [] }
        return [
            finding(
                "Tailscale's key of \(node) \(left <= 0 ? "has ended" : "ends in \(Amount.duration(left))")",
                node: node,
                why: ["it ends at \(ends)"],
                remedy: [
                    Paste.on(node, "tailscale status --self"),
                    "https://login.tailscale.com/admin/machines  # disable key expiry of \(node)",
                ])
        ]
    }
}
