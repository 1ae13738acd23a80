import Plans

struct RebuilderActive: FindingRule {
    let code = "KUP-P033"
    let title = "somebody else is rebuilding"
    let severity = Finding.Severity.blocker
    let isPerNode = true
    let page = ExplanationText(
        meaning: "A program is changing this host's system at this moment. Two of them undo each other's work.",
        causes: ["nixos-rebuild by hand", "nixos-upgrade.service or comin woke up", "a deploy from another machine"],
        behaviour: "kupgrade does not fight it: the plan is computed and cannot be applied.",
        remedies: ["wait until it is done and plan again"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.hosts.compactMap { node, host in
            guard !host.rebuilders.isEmpty else { return nil }
            return finding(
                "\(node) is being rebuilt by somebody else", node: node, why: [host.rebuilders.listed()],
                remedy: [
                    Paste.on(node, "systemctl list-units 'nixos-*' 'comin*'"), "kupgrade plan",
                ])
        }
    }
}
