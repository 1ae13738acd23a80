import Plans

struct EtcdTooOldToMove: FindingRule {
    let code = "KUP-P009"
    let title = "etcd's patch is too old for the next minor"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "Before 3.5.24 a member that was promoted long ago can come back as a learner under 3.6, and the "
            + "cluster refuses it: \"too many learner members\" (etcd issues 19557 and 20793).",
        causes: ["the present NixOS release was not updated before the next one"],
        behaviour: "The plan is computed and cannot be applied.",
        remedies: ["update the present NixOS release first: its last revision has a later patch of etcd"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.route.hops.flatMap { planned -> [Finding] in
            guard case .etcd(let minor) = planned.hop.kind, let oldest = EtcdRules.oldestPatch(before: minor) else {
                return []
            }
            return planned.moves.compactMap { move in
                guard let version = move.before.running[.etcd], version.isOlderRelease(than: oldest) else { return nil }
                return finding(
                    "etcd on \(move.node) is too old to become \(minor)", node: move.node,
                    why: ["runs \(version), must be at least \(oldest)"],
                    remedy: ["nix flake update  # within the present NixOS release", "kupgrade plan"])
            }
        }
    }
}
