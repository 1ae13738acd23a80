import Plans

struct TimersDue: HostRule {
    let code = "KUP-P101"
    let title = "something rebuilds this host by itself"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "nixos-upgrade or comin rebuild this host when their time comes, without draining it and without asking "
            + "the other nodes: all of them at once, where each follows the same branch. A release with another minor of "
            + "Kubernetes then arrives on every master in the same minute.",
        causes: ["system.autoUpgrade.enable = true;", "services.comin.enable = true;"],
        behaviour: "A run stops them while it lasts and starts them when it ends.",
        remedies: [
            "system.autoUpgrade.enable = false; on nodes of a cluster",
            "pin nixpkgs in the flake, so that only a commit of yours changes Kubernetes",
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        let timers = ["nixos-upgrade.timer"].compactMap { DueTimers.timer($0, of: host) }
        var why = timers.map { DueTimers.words($0, at: draft.facts.observedAt) }
        if host.unit("comin.service")?.isRunning == true { why.append("comin.service follows a branch") }
        guard !why.isEmpty else { return [] }
        return [
            finding(
                "\(node) is rebuilt by itself", node: node, why: why,
                remedy: [
                    Paste.on(node, "systemctl list-timers 'nixos-upgrade*'"), "system.autoUpgrade.enable = false;",
                ])
        ]
    }
}
