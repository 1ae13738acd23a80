import Plans

struct DowngradeOffered: FindingRule {
    let code = "KUP-P004"
    let title = "downgrade"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "A node would get something older than it runs. Kubernetes has no supported downgrade: an older "
            + "apiserver may not read what a newer one wrote, and an older etcd refuses to start.",
        causes: ["the flake or channel was set back", "a pin is older than what runs", "a branch was mixed up"],
        behaviour: "No hop is planned.",
        remedies: [
            "update the flake or channel to at least what runs"
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.names.compactMap { node in
            guard let offer = draft.channel.offers[node]?.value, let state = draft.now[node],
                let downgrade = Downgrade.of(state, by: offer, takesOlderPatches: draft.policy.takesOlderPatches)
            else { return nil }
            return finding(
                "\(node) would get an older \(downgrade.component.rawValue) than it runs", node: node,
                why: ["runs \(downgrade.from), is offered \(downgrade.to)"],
                remedy: draft.channel.newerOffers)
        }
    }
}
