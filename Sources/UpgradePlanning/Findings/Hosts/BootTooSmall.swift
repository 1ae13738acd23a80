import Plans

struct BootTooSmall: HostRule {
    let code = "KUP-P090"
    let title = "/boot may be too small"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "Every generation with another kernel or initrd puts both on /boot. With some boot loaders nixos-rebuild "
            + "says that all went well although the entry was not written (nixpkgs issue 189966).",
        causes: ["boot.loader.systemd-boot.configurationLimit is not set, or too high", "a small ESP"],
        behaviour: "A blocker where it cannot hold the new system's images, a warning where it can hold only few more.",
        remedies: [
            "boot.loader.systemd-boot.configurationLimit = 5;",
            "nix-collect-garbage --delete-older-than 30d && /run/current-system/bin/switch-to-configuration boot",
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard let disk = Self.disk(host), let images = host.platform.bootImageBytes,
            images > 1 << 20
        else { return [] }
        let moves = draft.moves(of: node).filter(Self.bringsImages).count
        let needed = images * Int64(max(1, moves))
        guard disk.freeBytes < 2 * needed else { return [] }
        return [
            finding(
                "\(disk.path) of \(node) is nearly full", node: node,
                severity: moves > 0 && disk.freeBytes < needed ? .blocker : .warning,
                why: [
                    "\(Amount.bytes(disk.freeBytes)) free; kernel and initrd of one generation take "
                        + "\(Amount.bytes(images))"
                ],
                remedy: [
                    Paste.on(
                        node,
                        "'nix-collect-garbage --delete-older-than 30d && "
                            + "/run/current-system/bin/switch-to-configuration boot'")
                ])
        ]
    }

    /// Where the boot loader's files go: /boot, or an ESP at another usual place, which is the smaller one then.
    private static func disk(_ host: HostFacts) -> DiskFacts? {
        let isSystemdBoot = host.platform.loaders.contains(.systemdBoot)
        let places = isSystemdBoot ? ["/boot", "/efi", "/boot/efi"] : ["/boot"]
        return host.disks.filter { places.contains($0.path) }.min { $0.freeBytes < $1.freeBytes }
    }

    /// Another kernel or initrd; where nobody knows, it is assumed.
    private static func bringsImages(_ move: Move) -> Bool {
        guard let new = move.offer.closure?.boot, let old = move.before.closure?.boot else { return true }
        return new.kernel != old.kernel || new.initrd != old.initrd
    }
}
