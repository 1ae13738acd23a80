import Plans

struct NothingToDo: FindingRule {
    let code = "KUP-P001"
    let title = "nothing to do"
    let severity = Finding.Severity.notice
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "Every node runs what it is offered. There is no step to perform.",
        causes: ["the flake or channel did not move since the last rebuild", "the upgrade is done"],
        behaviour: "The plan has no stages; applying it changes nothing and ends with 0.",
        remedies: ["update the flake's inputs or the channel, then plan again"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let isAsked = draft.channel.offers.values.contains { $0.value != nil }
        let isKnown = draft.channel.offers.values.allSatisfy { $0.value != nil }
        guard draft.route.moves.isEmpty, draft.route.obstacle == nil, isAsked, isKnown else { return [] }
        let versions = draft.topology.names.compactMap { draft.now[$0] }.flatMap(\.kubernetesVersions)
        let unseen = draft.topology.names.filter { draft.topology.hosts[$0] == nil }.map(\.text)
        let what =
            unseen.isEmpty
            ? "there is nothing to do: every node runs what it is offered"
            : "there is nothing to do on the nodes that were seen"
        return [
            finding(
                what,
                why: unseen.map { "\($0) was not seen: whether it runs what it is offered is not known" }
                    + ["\(draft.topology.names.count) nodes, Kubernetes \(Set(versions).map(\.description).listed())"],
                remedy: draft.channel.newerOffers)
        ]
    }
}
