import Plans

struct EphemeralState: HostRule {
    let code = "KUP-P097"
    let title = "state on a file system that a boot empties"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning:
            "etcd, the PKI or the users' numbers live on a tmpfs, or on a root that the last boot made anew (rolled back to "
            + "an empty snapshot, as its folders are younger than the boot and the host's generations are older): the next "
            + "boot starts without them. A host that was only just installed can look like the second once.",
        causes: ["an ephemeral root (impermanence) that does not persist these folders"],
        behaviour: "The plan is computed and cannot be applied where it reboots the node; otherwise it is a warning.",
        remedies: [
            "environment.persistence.\"/persist\".directories = [ \"/var/lib/etcd\" \"/var/lib/kubernetes\" "
                + "\"/var/lib/cfssl\" \"/var/lib/nixos\" \"/var/lib/kupgrade\" ];"
        ])

    /// Folders that hold what a boot must find again. What lies above them may be empty.
    private static let state = ["/var/lib/etcd", "/var/lib/kubernetes", "/var/lib/cfssl", "/var/lib/nixos"]

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        let why =
            Self.state.compactMap { host.platform.mount($0) }.filter(\.isEphemeral).map {
                "\($0.folder) is on \($0.kind)"
            }
            + (host.platform.foldersOnYoungRoot ?? []).filter { host.platform.mount($0)?.isEphemeral != true }.map {
                "\($0) is on a root that the last boot made anew"
            }
        guard !why.isEmpty else { return [] }
        let reboots = draft.moves(of: node).contains { $0.impact == .reboot }
        return [
            finding(
                "\(node) keeps state where a boot empties it", node: node, severity: reboots ? .blocker : .warning,
                why: why,
                remedy: [
                    Paste.on(node, "findmnt -T /var/lib/etcd"),
                    "environment.persistence.\"/persist\".directories = [ \(Self.state.map { "\"\($0)\"" }.joined(separator: " ")) ];",
                ])
        ]
    }
}
