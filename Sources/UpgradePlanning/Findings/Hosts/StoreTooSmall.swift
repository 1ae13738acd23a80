import Plans

struct StoreTooSmall: HostRule {
    let code = "KUP-P091"
    let title = "the store or /var/lib may be too small"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "The new system is copied beside the old one, which stays as the way back. etcd needs room for a second "
            + "copy of its data when it is restored.",
        causes: ["old generations were never collected", "images and logs fill /var"],
        behaviour: "The plan can be applied; a closure that does not fit fails before anything is touched.",
        remedies: ["nix-collect-garbage --delete-older-than 30d", "du -xsh /var/lib/*"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        host.disks.compactMap { disk in
            let needed: Int64
            // Where etcd's data has a file system of its own, the other one need not hold it.
            let etcd = 3 * (draft.topology.etcd.member(on: node)?.status.databaseSize ?? 0)
            let isApart = host.disks.contains { $0.path == "/var/lib/etcd" }
            switch disk.path {
            case "/nix": needed = draft.policy.storeBytes
            case "/var/lib": needed = (isApart ? 0 : etcd) + draft.policy.stateBytes
            case "/var/lib/etcd": needed = etcd
            default: return nil
            }
            guard disk.freeBytes < needed else { return nil }
            return finding(
                "\(disk.path) of \(node) has little room", node: node,
                why: ["\(Amount.bytes(disk.freeBytes)) free, \(Amount.bytes(needed)) are wanted"],
                remedy: [
                    Paste.on(
                        node,
                        disk.path == "/nix" ? "nix-collect-garbage --delete-older-than 30d" : "'du -xsh \(disk.path)/*'"
                    )
                ])
        }
    }
}
