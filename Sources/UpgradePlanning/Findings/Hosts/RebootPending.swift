import Plans

struct RebootPending: FindingRule {
    let code = "KUP-P036"
    let title = "a reboot is due"
    let severity = Finding.Severity.notice
    let isPerNode = true
    let page = ExplanationText(
        meaning: "The active system has another kernel than the one that was booted. The next boot changes more "
            + "than the uptime, and a power cut is a boot.",
        causes: ["nixos-rebuild switch with a new kernel and no reboot since"],
        behaviour: "A node whose planned system has another kernel than the booted one is rebooted by the plan.",
        remedies: ["reboot the node when it suits, one node at a time"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.hosts.compactMap { node, host in
            guard let current = host.generations.currentKernel, let booted = host.generations.bootedKernel,
                current != booted
            else { return nil }
            return finding(
                "\(node) runs another kernel than its active system has", node: node,
                why: ["booted \(name(booted)), active \(name(current))"],
                remedy: [
                    "kubectl drain \(Paste.word(Paste.object(node, draft))) --ignore-daemonsets",
                    Paste.on(node, "systemctl reboot"),
                ])
        }
    }

    private func name(_ path: String) -> String { StorePath(containing: path)?.name ?? path }
}
