import Plans

struct ClockOff: FindingRule {
    let code = "KUP-P035"
    let title = "a clock is off"
    let severity = Finding.Severity.warning
    let isPerNode = true
    let page = ExplanationText(
        meaning: "The clocks of a cluster's hosts must agree: certificates, leases and logs are compared by time.",
        causes: ["no time synchronization", "a virtual machine was suspended"],
        behaviour: "The plan can be applied; waits are measured on the host that waits.",
        remedies: ["services.timesyncd.enable = true;", "timedatectl on the node"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let limit = draft.policy.clockOffsetMilliseconds
        return draft.topology.hosts.compactMap { node, host in
            guard host.clockOffsetMilliseconds.magnitude > limit.magnitude else { return nil }
            let direction = host.clockOffsetMilliseconds > 0 ? "ahead of" : "behind"
            return finding(
                "the clock of \(node) is \(direction) the operator's", node: node,
                why: ["by \(host.clockOffsetMilliseconds.magnitude) ms, more than \(limit) ms"],
                remedy: [Paste.on(node, "timedatectl")])
        }
    }
}
