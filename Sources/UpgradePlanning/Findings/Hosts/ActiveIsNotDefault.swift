import Plans

struct ActiveIsNotDefault: HostRule {
    let code = "KUP-P102"
    let title = "the next boot starts another system than the active one"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "The system profile, which the boot loader follows, is not what is active: a power cut changes the system.",
        causes: ["nixos-rebuild test, or nixos-rebuild boot", "a switch that failed half way"],
        behaviour: "The plan can be applied: it starts from what is active.",
        remedies: ["nixos-rebuild switch, or switch-to-configuration of the one that you want"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard let active = host.generations.current, let profile = host.generations.profile, active != profile else {
            return []
        }
        return [
            finding(
                "the next boot of \(node) starts another system", node: node,
                why: ["active: \(active.name)", "by default: \(profile.name)"],
                remedy: [Paste.on(node, "ls -l /run/current-system /nix/var/nix/profiles/system")])
        ]
    }
}
