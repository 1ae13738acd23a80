import Plans

struct NoOneShot: HostRule {
    let code = "KUP-P098"
    let title = "the boot loader cannot boot something once"
    let severity = Finding.Severity.warning
    let isAboutToday = false
    let page = ExplanationText(
        meaning:
            "A reboot into a new system is safe when the boot loader tries it once: a system that hangs is gone after "
            + "a power cycle. kupgrade does that with systemd-boot; with grub and extlinux the new system becomes the default "
            + "first.",
        causes: [
            "boot.loader.grub.enable = true;",
            "boot.loader.generic-extlinux-compatible.enable = true; as on many ARM boards", "no boot loader was found",
        ],
        behaviour:
            "The plan can be applied when you accept it: the new system is made the default before it was proven.",
        remedies: ["systemd-boot where the firmware has UEFI: boot.loader.systemd-boot.enable = true;"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard draft.moves(of: node).contains(where: { $0.impact == .reboot }),
            !host.platform.loaders.contains(.systemdBoot)
        else { return [] }
        let found = host.platform.loaders.map(\.rawValue)
        return [
            finding(
                "\(node) cannot boot a new system once only", node: node,
                why: [
                    found.isEmpty ? "no systemd-boot was found on /boot" : "it boots by \(found.listed())"
                ],
                remedy: [Paste.on(node, "bootctl status"), "kupgrade apply --accept \(code)"])
        ]
    }
}
