import Plans

struct NoLegalOrder: FindingRule {
    let code = "KUP-P013"
    let title = "no legal order of the nodes"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "A rebuild moves all components of a node at once. Where a master's kubelet may reach another "
            + "master's apiserver, the first master that moves has a kubelet that is newer than an apiserver it "
            + "talks to, whatever the order. Pods may then not start there (kubernetes issue 127316).",
        causes: [
            "all nodes use one address for several apiservers: keepalived, haproxy, a DNS name",
            "two masters point at each other",
        ],
        behaviour: "The plan shows the order it would take and cannot be applied.",
        remedies: ["let the components of every master talk to the apiserver of their own host"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.route.moves.compactMap { move in
            guard !move.broken.isEmpty else { return nil }
            let server = "https://\(move.node):6443"
            return finding(
                "moving \(move.node) to \(move.hop.minor) breaks a skew rule in any order", node: move.node,
                why: move.broken.map { broken in
                    broken.violation.description + (broken.node.map { " on \($0)" } ?? "")
                },
                remedy: [
                    "services.kubernetes.kubelet.kubeconfig.server = \"\(server)\";  # on \(move.node)",
                    "services.kubernetes.proxy.kubeconfig.server = \"\(server)\";  # on \(move.node)",
                ])
        }
    }
}
