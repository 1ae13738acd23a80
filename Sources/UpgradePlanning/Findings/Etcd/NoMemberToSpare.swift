import Plans

struct NoMemberToSpare: FindingRule {
    let code = "KUP-P021"
    let title = "etcd has no majority without the member that a run restarts"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.etcd
    let page = ExplanationText(
        meaning: "The run restarts etcd on one node at a time. With this many voters the others are no majority "
            + "meanwhile, so every restart stops all writes, and a member that does not come back stops them for "
            + "good.",
        causes: ["two members: a majority of two is two", "a member is down"],
        behaviour: "A plan that restarts a member is computed and cannot be applied; any other says so as a warning "
            + "where one is missing. A cluster of one member is not concerned (KUP-P022), nor are two that both answer "
            + "(KUP-P027).",
        remedies: ["bring the missing member back", "add a third member, or remove the second"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let etcd = draft.topology.etcd
        let healthy = etcd.healthyVoters.count
        // Masters that are clusters of their own are KUP-P015.
        let isMissed = healthy < etcd.voters.count
        guard draft.movesEtcd || isMissed, etcd.clusters.count == 1, etcd.voters.count > 1, healthy >= etcd.quorum,
            healthy - 1 < etcd.quorum
        else {
            return []
        }
        return [
            finding(
                isMissed ? "etcd cannot lose another member" : "etcd cannot lose a member for a moment",
                severity: draft.movesEtcd ? .blocker : .warning,
                why: [
                    "\(healthy) of \(etcd.voters.count) voters answer and have a leader, \(etcd.quorum) must stay when one restarts"
                ] + missing(draft).map { "not healthy: \($0)" },
                remedy: remedy(draft))
        ]
    }

    /// Voters that do not answer or know no leader, by the names that etcd has of them.
    private func missing(_ draft: PlanDraft) -> [String] {
        let etcd = draft.topology.etcd
        let healthy = Set(etcd.healthyVoters.map(\.status.memberID))
        let peers = Dictionary(etcd.answering.flatMap(\.status.members).map { ($0.memberID, $0.name) }) { $1 }
        return etcd.voters.subtracting(healthy).map { id in
            peers[id].flatMap { $0.isEmpty ? nil : $0 } ?? id
        }.sorted()
    }

    /// At the members that are missed, as far as they are nodes.
    private func remedy(_ draft: PlanDraft) -> [String] {
        let missing = self.missing(draft).compactMap { NodeName($0) }.filter(draft.topology.names.contains)
        let nodes = missing.isEmpty ? draft.topology.etcdNodes.sorted() : missing
        return nodes.map { Paste.on($0, "systemctl status etcd") }
            + (missing.isEmpty ? ["kupgrade explain KUP-P021  # a third member, or one: the ways out"] : [])
    }
}
