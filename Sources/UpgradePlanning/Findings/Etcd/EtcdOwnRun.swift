import Plans

struct EtcdOwnRun: FindingRule {
    let code = "KUP-P007"
    let title = "a minor of etcd needs its own run"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "The offered system would move Kubernetes and a minor of etcd at once. Then a failure cannot be "
            + "told from the other, and the way back from one is lost with the other's.",
        causes: ["the NixOS release changed its default etcd: 3.3 to 3.5 with 23.11, 3.5 to 3.6 with 25.11"],
        behaviour: "The plan goes as far as etcd stays. It can be applied when there is something to do before; "
            + "the rest needs the pin.",
        remedies: [
            "pin services.etcd.package to the running minor, upgrade Kubernetes, then remove the pin and plan again"
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        guard case .etcdMovesToo(let minor, let from, let to) = draft.route.obstacle else { return [] }
        let attribute = "etcd_\(from.major)_\(from.minor)"
        let remains = draft.route.moves.isEmpty ? "nothing can be done in this run" : "this run ends before it"
        return [
            finding(
                "the system with Kubernetes \(minor) would also move etcd from \(from) to \(to)",
                severity: draft.route.moves.isEmpty ? .blocker : .warning,
                why: ["a minor of etcd and Kubernetes never move in one step", remains]
                    + (EtcdRules.oldestPatch(before: to).map {
                        ["before it becomes \(to), etcd must be at least \($0)"]
                    } ?? []),
                remedy: [
                    "services.etcd.package = pkgs.\(attribute);  # until Kubernetes is done",
                    "nixpkgs.overlays = [ (final: prev: { etcd = prev.\(attribute); }) ];  # the same up to NixOS 22.11",
                    "kupgrade plan",
                ])
        ]
    }
}
