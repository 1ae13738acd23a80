import Plans

struct ActiveIsNotDefault: HostRule {
    let code = "KUP-P102"
    let title = "the next boot starts another system than the active one"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "What the boot loader starts by default is not what is active: a power cut changes the system. Its default is "
            + "systemd-boot's or extlinux's default entry, or grub's first one; where none of them can be read, it is the "
            + "system profile, which the loader follows whenever a switch ends well.",
        causes: [
            "nixos-rebuild test, or nixos-rebuild boot", "a switch that failed half way",
            "a boot loader that could not be installed: /boot is full",
        ],
        behaviour: "The plan can be applied: it starts from what is active.",
        remedies: ["nixos-rebuild switch, or switch-to-configuration of the one that you want"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        let profile = host.generations.profile
        guard let active = host.generations.current, let next = host.platform.bootDefault ?? profile, active != next
        else { return [] }
        let isBehind = profile != nil && profile != next
        return [
            finding(
                "the next boot of \(node) starts another system", node: node,
                why: ["active: \(active.name)", "by default: \(next.name)"]
                    + (isBehind ? ["the boot loader does not follow the system profile, \(profile?.name ?? "")"] : []),
                remedy: [Paste.on(node, "ls -l /run/current-system /nix/var/nix/profiles/system")]
                    + (isBehind
                        ? [
                            Paste.on(node, "df /boot"),
                            Paste.on(node, "/nix/var/nix/profiles/system/bin/switch-to-configuration boot"),
                        ] : []))
        ]
    }
}
