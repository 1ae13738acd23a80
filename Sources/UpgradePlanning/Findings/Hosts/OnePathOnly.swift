import Plans

struct OnePathOnly: FindingRule {
    let code = "KUP-P094"
    let title = "only one way leads to a node"
    let severity = Finding.Severity.warning
    let isPerNode = true
    let page = ExplanationText(
        meaning:
            "A rebuild can restart what carries the connection: tailscaled, the network, sshd. With one address, a "
            + "node whose one way is gone needs a walk to its keyboard.",
        causes: ["the cluster file has one address for it", "the other address does not answer"],
        behaviour: "The plan can be applied; the guard on the node goes back by itself when no way leads to it.",
        remedies: ["nodes: { NODE: { addresses: [NODE.tailnet, 192.168.1.11] } }  # in the cluster file"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.facts.nodes.compactMap { node in
            guard node.host.value != nil else { return nil }
            let alive = node.addresses.filter { $0.state != .dead }
            guard alive.count < 2, node.addresses.first?.address != "local" else { return nil }
            let dead = node.addresses.filter { $0.state == .dead }
            return finding(
                "only one way leads to \(node.name)", node: node.name,
                severity: draft.movedNodes.contains(node.name) ? .warning : .notice,
                why: alive.map { "\($0.address) answers" }
                    + dead.map { "\($0.address) does not\($0.reason.map { ": \($0)" } ?? "")" },
                remedy: node.addresses.count > 1
                    ? ["kupgrade facts  # which address answers, and why the other does not"]
                    : ["nodes: { \(node.name): { addresses: [NAME, ADDRESS] } }  # in the cluster file"])
        }
    }
}
