import Plans

struct MembersDisagree: FindingRule {
    let code = "KUP-P026"
    let title = "etcd members hold different data"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.hashes
    let page = ExplanationText(
        meaning: "Two members hash the same revision, compacted at the same revision, to different values: one is "
            + "damaged.",
        causes: [
            "etcd 3.5.0 to 3.5.2 could corrupt data on a crash", "a disk lost writes", "a data folder was copied",
        ],
        behaviour: "The plan is computed and cannot be applied: a restart could make the damaged member the leader.",
        remedies: ["find the member that differs, remove it, empty its data folder and add it again"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let hashed = draft.topology.etcd.answering.compactMap { member in
            member.status.hash.value.map { (member: member, hash: $0) }
        }
        let groups = Dictionary(grouping: hashed) { Moment(hash: $0.hash, cluster: $0.member.cluster) }
        return groups.sorted { $0.key.revision < $1.key.revision }.compactMap { moment, found in
            guard Set(found.map(\.hash.hash)).count > 1 else { return nil }
            return finding(
                "etcd members hold different data at revision \(moment.revision)",
                why: found.map { "\($0.member.node): hash \($0.hash.hash)" }.sorted(),
                remedy: Paste.etcdctl(draft, "endpoint hashkv --cluster"))
        }
    }

    private struct Moment: Hashable {
        let revision: Int64
        let compactRevision: Int64
        let cluster: String

        init(hash: EtcdHashFacts, cluster: String) {
            revision = hash.revision
            compactRevision = hash.compactRevision
            self.cluster = cluster
        }
    }
}
