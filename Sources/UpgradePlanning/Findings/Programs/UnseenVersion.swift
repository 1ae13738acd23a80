import Plans

struct UnseenVersion: FindingRule {
    let code = "KUP-P075"
    let title = "a version that kupgrade was never tried with"
    let severity = Finding.Severity.notice
    let page = ExplanationText(
        meaning: "kupgrade was run against some versions in its lab, and knows others from their source and "
            + "documentation only. The README has the table.",
        causes: ["NixOS moves on, and so does Kubernetes"],
        behaviour: "Versions that were read about are named once; versions beyond that are a warning, since rules of "
            + "theirs may be unknown.",
        remedies: ["take a backup, look at the release notes, and try one node first"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let now = draft.topology.names.compactMap { draft.now[$0] }
        let offers = draft.prospects.map(\.offer)
        func minors(_ running: [Version], _ offered: [Version]) -> [MinorRelease] {
            (running + offered).map(\.minorRelease)
        }
        let releases = (now.compactMap(\.nixos) + offers.compactMap(\.nixos)).compactMap(SeenVersions.release)
        let evaluators = draft.channel.offers.values.compactMap { $0.value?.nix }
        return [
            (SeenVersions.kubernetes, minors(now.flatMap(\.kubernetesVersions), offers.map(\.kubernetes))),
            (SeenVersions.etcd, minors(now.compactMap { $0.running[.etcd] }, offers.compactMap(\.etcd))),
            (
                SeenVersions.containerd,
                minors(now.compactMap { $0.running[.containerd] }, offers.compactMap(\.containerd))
            ),
            (SeenVersions.nix, minors(evaluators, [])), (SeenVersions.nixos, releases),
        ].flatMap { row, minors in
            [SeenVersions.Kind.read, .unknown].compactMap { kind in
                let ofKind = Set(minors).filter { SeenVersions.kind(of: $0, in: row) == kind }
                return ofKind.isEmpty ? nil : finding(row, kind, ofKind.sorted())
            }
        }
    }

    private func finding(_ row: SeenVersions.Row, _ kind: SeenVersions.Kind, _ minors: [MinorRelease]) -> Finding {
        let names = minors.map(row.text).joined(separator: ", ")
        return finding(
            kind == .unknown
                ? "\(row.name) \(names) is newer or older than what this kupgrade knows"
                : "\(row.name) \(names) is known from its source, and was not tried",
            severity: kind == .unknown ? .warning : .notice,
            why: [
                "tried: \(row.seen.isEmpty ? "none" : row.seen.map(row.text).joined(separator: ", ")); read: \(row.text(row.read.lowerBound)) to "
                    + row.text(row.read.upperBound)
            ], remedy: ["kupgrade explain \(code)"])
    }
}
