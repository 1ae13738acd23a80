import Plans

/// A system that a node gets in this plan, or would get once what is in the way is gone.
struct Prospect: Sendable {
    let node: NodeName
    let offer: NodeOffer
    /// What it replaces, as far as that is known.
    let before: NodeState
    /// This plan brings it.
    let isPlanned: Bool

    /// What forbids a plan forbids only what the plan does.
    func severity(_ severity: Finding.Severity) -> Finding.Severity {
        isPlanned || severity != .blocker ? severity : .warning
    }

    /// Follows a finding's reasons.
    var whenever: [String] { isPlanned ? [] : ["this plan does not go that far yet"] }
}

extension PlanDraft {
    /// Of all moves, and of what is offered beyond the end of the way.
    var prospects: [Prospect] {
        let planned = route.moves.map { Prospect(node: $0.node, offer: $0.offer, before: $0.before, isPlanned: true) }
        let further = channel.offers.sorted { $0.key < $1.key }.compactMap { node, offer -> Prospect? in
            guard let offer = offer.value, let before = now[node], ImpactRule.differs(offer, from: before),
                !moves(of: node).contains(where: { $0.offer == offer })
            else { return nil }
            return Prospect(node: node, offer: offer, before: route.end[node] ?? before, isPlanned: false)
        }
        return planned + further
    }
}
