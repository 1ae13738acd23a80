import Plans

struct MemberLags: FindingRule {
    let code = "KUP-P023"
    let title = "an etcd member lags or is cut off"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.everyMember
    let page = ExplanationText(
        meaning: "A member has applied fewer entries than the one that is ahead, or knows no leader while others have "
            + "one. Until it has caught up it is no help when another one restarts.",
        causes: [
            "a slow disk", "the member was just started", "a slow network",
            "the network between this member and the others is cut; you reach it another way",
        ],
        behaviour: "A plan that restarts a member cannot be applied while one lags or is cut off.",
        remedies: ["wait and plan again", "look at the member's disk: etcd wants fsync below 10 ms"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let members = draft.topology.etcd.answering
        return members.compactMap { member in
            let mates = members.filter { $0.cluster == member.cluster }
            if member.status.leaderID == nil, mates.contains(where: { $0.status.leaderID != nil }) {
                return cutOff(member, from: mates.filter { $0.status.leaderID != nil }, draft)
            }
            guard let newest = mates.map(\.status.raftAppliedIndex).max() else { return nil }
            let lag = newest - member.status.raftAppliedIndex
            guard lag > draft.policy.etcdLagEntries else { return nil }
            return finding(
                "the etcd member of \(member.node) lags behind", node: member.node,
                severity: draft.movesEtcd ? .blocker : .warning,
                why: ["\(lag) entries behind, at most \(draft.policy.etcdLagEntries) are tolerated"],
                remedy: [Paste.on(member.node, "journalctl -u etcd -n 50"), "kupgrade plan"])
        }
    }

    private func cutOff(
        _ member: EtcdTopology.Member, from mates: [EtcdTopology.Member], _ draft: PlanDraft
    ) -> Finding {
        finding(
            "the etcd member of \(member.node) knows no leader, and others have one", node: member.node,
            severity: draft.movesEtcd ? .blocker : .warning,
            why: ["\(mates.map(\.node.text).sorted().listed()) know one"] + member.status.errors.sorted(),
            remedy: [Paste.on(member.node, "journalctl -u etcd -n 50"), "kupgrade plan"])
    }
}
