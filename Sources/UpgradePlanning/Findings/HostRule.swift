import Plans

/// A rule that looks at one host after the other.
protocol HostRule: FindingRule {
    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding]
}

extension HostRule {
    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.names.flatMap { node in
            draft.topology.hosts[node].map { examine($0, of: node, in: draft) } ?? []
        }
    }
}
