import Plans

struct ConsoleNeeded: HostRule {
    let code = "KUP-P096"
    let title = "a reboot may need somebody at the console"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning:
            "The root file system is encrypted, and nothing shows that it opens by itself: no key in the TPM, no ssh in "
            + "the initrd. A node that reboots waits for a passphrase, with its pods and its etcd member away.",
        causes: ["LUKS or ZFS with a passphrase"],
        behaviour:
            "A plan that reboots the node is blocked where a passphrase is certainly asked for, or the new initrd certainly has no ssh; where that is not known it is a warning, and without a reboot a notice: a power cut reboots too.",
        remedies: [
            "systemd-cryptenroll --tpm2-device=auto DEVICE, with boot.initrd.systemd.enable = true;",
            "boot.initrd.network.ssh.enable = true; and try it once while somebody is there",
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        let locked = host.platform.mounts.filter {
            ["/", "/nix", "/var/lib"].contains($0.folder) && ($0.unlocking == .unknown || $0.unlocking == .passphrase)
        }
        let moves = draft.moves(of: node)
        guard let first = locked.first, !moves.contains(where: { $0.offer.unlocksBySSH == true }) else { return [] }
        let reboots = moves.contains { $0.impact == .reboot }
        return [
            finding(
                "\(node) may wait for a passphrase when it boots", node: node,
                severity: !reboots ? .notice : isCertain(first, moves) ? .blocker : .warning,
                why: locked.map { "\($0.folder) is on \($0.source), encrypted, without a key in the TPM" }
                    + (moves.isEmpty || moves.contains { $0.offer.unlocksBySSH == nil }
                        ? ["whether its initrd has ssh is not known"] : ["its initrd has no ssh"]),
                remedy: [Paste.on(node, "lsblk -o NAME,TYPE,FSTYPE,MOUNTPOINTS")])
        ]
    }

    private func isCertain(_ mount: MountFacts, _ moves: [Move]) -> Bool {
        mount.unlocking == .passphrase || moves.contains { $0.offer.unlocksBySSH == false }
    }
}
