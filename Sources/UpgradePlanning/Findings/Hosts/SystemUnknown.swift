import Plans

struct SystemUnknown: HostRule {
    let code = "KUP-P105"
    let title = "it cannot be read which system of NixOS is active"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning:
            "/run/current-system of the node leads nowhere, so it is not known what is active, what a rebuild would change, "
            + "and what an undo would bring back.",
        causes: ["an activation broke off", "the host is not NixOS", "somebody removed the link"],
        behaviour: "The plan is computed and cannot be applied; what it says of this node is judged by versions only.",
        remedies: ["activate the default system: /nix/var/nix/profiles/system/bin/switch-to-configuration switch"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard host.generations.current == nil else { return [] }
        let profile = host.generations.profile.map { ["by default it boots \($0.name)"] } ?? []
        return [
            finding(
                "it is not known which system is active on \(node)", node: node,
                why: ["/run/current-system leads to no store path"] + profile,
                remedy: [Paste.on(node, "ls -l /run/current-system /nix/var/nix/profiles/system")])
        ]
    }
}
