import Plans

struct ConsoleNeeded: HostRule {
    let code = "KUP-P096"
    let title = "a reboot may need somebody at the console"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning:
            "The root file system is encrypted, and nothing shows that it opens by itself: no key in the TPM, none at a "
            + "server (clevis), no ssh in the initrd; a key file in the initrd is not seen. A node that reboots waits for a passphrase, with its pods and its etcd member away.",
        causes: ["LUKS or ZFS with a passphrase"],
        behaviour:
            "A plan that reboots the node is blocked where a passphrase is certainly asked for (ZFS). With LUKS it is applied "
            + "where you accept it by name (apply --accept KUP-P096). Without a reboot it is a notice: a power cut reboots "
            + "too.",
        remedies: [
            "systemd-cryptenroll --tpm2-device=auto DEVICE, with boot.initrd.systemd.enable = true;",
            "boot.initrd.network.ssh.enable = true; and try it once while somebody is there",
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        let locked = host.platform.mounts.filter {
            ["/", "/nix", "/var/lib"].contains($0.folder) && ($0.unlocking == .unknown || $0.unlocking == .passphrase)
        }
        let moves = draft.moves(of: node)
        let boots = moves.filter { $0.impact == .reboot }
        // Each boot by the system that it boots: a bridge may have no ssh where the end of the way has.
        let last = boots.isEmpty ? moves : boots
        guard !locked.isEmpty, last.isEmpty || !last.allSatisfy({ $0.offer.unlocksBySSH == true }) else { return [] }
        let isAsked = locked.contains { $0.unlocking == .passphrase }
        return [
            finding(
                "\(node) may wait for a passphrase when it boots", node: node,
                severity: boots.isEmpty ? .notice : isAsked ? .blocker : .warning,
                why: locked.map { "\($0.folder) is on \($0.source), encrypted, with no key in the TPM or at a server" }
                    + (last.isEmpty || !last.contains { $0.offer.unlocksBySSH == false }
                        ? ["whether its initrd has ssh is not known"] : ["its initrd has no ssh"]),
                remedy: [
                    Paste.on(node, "lsblk -o NAME,TYPE,FSTYPE,MOUNTPOINTS"), "boot.initrd.network.ssh.enable = true;",
                ]
                    // A blocker is not accepted.
                    + (isAsked ? [] : ["kupgrade apply --accept \(code)  # somebody stands by"]))
        ]
    }
}
