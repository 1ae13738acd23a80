import Plans

struct EtcdSkipped: FindingRule {
    let code = "KUP-P008"
    let title = "a minor of etcd would be skipped"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "etcd moves one minor at a time; a member that skips one may refuse to start, or the cluster may "
            + "not form.",
        causes: ["NixOS kept etcd 3.3 until 23.05 and moved to 3.5 with 23.11"],
        behaviour: "The hop is not planned.",
        remedies: [
            "pin services.etcd.package to the next minor on the present release, plan and apply; then the release, with "
                + "that pin until its own etcd is the next minor, too"
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        guard case .etcdSkips(let from, let to) = draft.route.obstacle else { return [] }
        let next = from.next
        return [
            finding(
                "etcd would go from \(from) to \(to), and must go by \(next)",
                severity: draft.route.moves.isEmpty ? .blocker : .warning,
                why: [
                    "runs \(from), is offered \(to)",
                    "each minor in a run of its own: \(EtcdRules.steps(from: from, to: to).map(\.description).joined(separator: ", then "))",
                ],
                remedy: [
                    "# in the configuration that runs now, with its own nixpkgs:",
                    "services.etcd.package = pkgs.etcd_\(next.major)_\(next.minor);",
                    "nixpkgs.overlays = [ (final: prev: { etcd = prev.etcd_\(next.major)_\(next.minor); }) ];  # the same up to NixOS 22.11",
                    "kupgrade plan",
                ])
        ]
    }
}
