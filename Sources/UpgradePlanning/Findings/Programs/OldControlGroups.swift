import Plans

struct OldControlGroups: HostRule {
    let code = "KUP-P072"
    let title = "cgroup v1"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "The host runs version 1 of the kernel's control groups. A kubelet from 1.35 on refuses to start on "
            + "them (failCgroupV1); 1.31 put them into maintenance.",
        causes: [
            "systemd.enableUnifiedCgroupHierarchy = false; (NixOS has version 2 since 21.05)",
            "a kernel parameter: systemd.unified_cgroup_hierarchy=0",
        ],
        behaviour: "A plan that brings 1.35 or later cannot be applied; before, it is a warning, and so it is where "
            + "failCgroupV1 is false in the kubelet's configuration, until a release no longer reads that.",
        remedies: [
            "remove the option and reboot the node",
            "for a while: services.kubernetes.kubelet.extraConfig.failCgroupV1 = false;",
            "stat -f -c %T /sys/fs/cgroup says cgroup2fs then",
        ])

    /// Version 2 is the default since 21.05; a newer NixOS than 24.05 refuses the option, whatever it says.
    private static func setting(_ host: HostFacts) -> String {
        let isOld = host.nixosVersion.map { $0.prefix(5) < "21.05" && $0.prefix(5).last?.isNumber == true } ?? false
        return isOld
            ? "systemd.enableUnifiedCgroupHierarchy = true;  # and no such kernel parameter; then reboot"
            : "take systemd.enableUnifiedCgroupHierarchy and the kernel parameter systemd.unified_cgroup_hierarchy out of the "
                + "configuration, then reboot"
    }

    private static let refused = MinorRelease(major: 1, minor: 35)
    private static let maintained = MinorRelease(major: 1, minor: 31)

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard host.platform.cgroupVersion == 1, host.component(.kubelet) != nil else { return [] }
        let mine = draft.prospects.filter { $0.node == node }
        let target = mine.map(\.offer.kubernetes.minorRelease).max()
        let isPlanned = mine.contains { $0.isPlanned && $0.offer.kubernetes.minorRelease >= Self.refused }
        let running = draft.now[node]?.minor(.kubelet)
        guard let minor = target ?? running else { return [] }
        let isTolerated = host.platform.kubeletFailsOnOldControlGroups == false
        let severity: Finding.Severity =
            minor < Self.maintained ? .notice : minor < Self.refused || isTolerated || !isPlanned ? .warning : .blocker
        return [
            finding(
                "\(node) uses cgroup v1", node: node, severity: severity,
                why: [
                    isTolerated
                        ? "its kubelet is told to start on it (failCgroupV1: false)"
                        : minor >= Self.refused
                            ? "kubelet \(minor) refuses to start on it"
                            : "a kubelet from \(Self.refused) on will not start on it"
                ],
                remedy: [
                    Paste.on(node, "cat /proc/cmdline"),
                    Self.setting(host),
                ])
        ]
    }
}
