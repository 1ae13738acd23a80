import Plans

struct OperatorOnNode: HostRule {
    let code = "KUP-P095"
    let title = "you sit on a node that moves"
    let severity = Finding.Severity.notice
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "kupgrade runs on a host that this plan changes. A reboot ends it; a switch may end your connection.",
        causes: ["you are logged in on a master"],
        behaviour: "A run's journal survives it and is resumed. A node that reboots ends the program first.",
        remedies: ["run it from another machine, or from the node that moves last"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard host.isOperatorHost, let move = draft.moves(of: node).first(where: { $0.impact.touches })
        else { return [] }
        return [
            finding(
                "you sit on \(node), which this plan \(move.impact == .reboot ? "reboots" : "changes")", node: node,
                severity: move.impact == .reboot ? .warning : .notice, why: ["kupgrade runs on this very host"],
                remedy: ["kupgrade plan  # on another machine"])
        ]
    }
}

extension Impact {
    /// Something of the host stops or starts.
    var touches: Bool { self != .none && self != .untouched }
}
