import Plans

struct NotFromHead: FindingRule {
    let code = "KUP-P100"
    let title = "what runs was built from another revision"
    let severity = Finding.Severity.notice
    let isAboutToday = false
    let page = ExplanationText(
        meaning:
            "The active system records the revision of the flake it was built from, and the flake is at another now. "
            + "The rebuild brings everything between the two, not only what you think of. A system from before "
            + "system.configurationRevision was set records none.",
        causes: ["commits since the last rebuild", "a rebuild from a branch, or from another machine"],
        behaviour: "The plan can be applied: it compares systems, not revisions.",
        remedies: ["git log OLD..NEW  # what comes along", "kupgrade plan --build  # by unit and package"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.names.compactMap { node in
            guard let host = draft.topology.hosts[node], let offer = draft.channel.offers[node]?.value,
                let offered = offer.revision, offer.toplevel == nil || host.generations.current != offer.toplevel
            else { return nil }
            guard let running = host.platform.configurationRevision else {
                return finding(
                    "which revision gave what \(node) runs is not known", node: node,
                    why: ["its system records none; the flake is at \(offered.prefix(12))"],
                    remedy: ["kupgrade plan --build"])
            }
            guard running != offered else { return nil }
            return finding(
                "\(node) runs what revision \(running.prefix(12)) gave", node: node,
                why: ["the flake is at \(offered.prefix(12))"],
                remedy: [
                    "git log --oneline \(Paste.word(Self.commit(running)))..\(Paste.word(Self.commit(offered)))"
                ]
                    + (running.hasSuffix("-dirty") || offered.hasSuffix("-dirty")
                        ? ["git status  # one of them had changes of its own"] : []))
        }
    }

    /// Without what Nix appends where the tree had changes.
    private static func commit(_ revision: String) -> String {
        revision.hasSuffix("-dirty") ? String(revision.dropLast(6)) : revision
    }
}
