import Plans

struct AlarmRaised: FindingRule {
    let code = "KUP-P025"
    let title = "etcd has an alarm"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.alarms
    let page = ExplanationText(
        meaning: "An etcd with NOSPACE refuses writes, and one with CORRUPT cannot be trusted at all.",
        causes: ["the data file reached its quota", "a disk or a crash damaged a member"],
        behaviour: "The plan is computed and cannot be applied.",
        remedies: [
            "NOSPACE: compact, defragment each member, then etcdctl alarm disarm",
            "CORRUPT: replace the member, or restore from a proven archive",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let members = draft.topology.etcd.answering
        let alarms = Set(members.flatMap(\.status.alarms))
        return alarms.map { alarm in
            let node = members.first { $0.status.memberID == alarm.memberID }?.node
            return finding(
                "etcd has the alarm \(name(alarm.kind))\(node.map { " on \($0)" } ?? "")", node: node,
                why: ["raised by member \(alarm.memberID)"],
                remedy: Self.remedy(alarm.kind, draft))
        }
    }

    /// Space comes back by compacting what is old and defragmenting each member; then the alarm can be taken off.
    private static func remedy(_ kind: EtcdAlarm.Kind, _ draft: PlanDraft) -> [String] {
        guard kind == .noSpace else { return Paste.etcdctl(draft, "endpoint hashkv --cluster", "member list") }
        let revision = draft.topology.etcd.answering.map(\.status.revision).min() ?? 0
        return Paste.etcdctl(
            draft, "compaction \(max(1, revision))", "defrag --cluster", "endpoint status --cluster", "alarm disarm")
    }

    private func name(_ kind: EtcdAlarm.Kind) -> String {
        switch kind {
        case .noSpace: "NOSPACE"
        case .corrupt: "CORRUPT"
        case .other: "of an unknown kind"
        }
    }
}
