import Plans

struct NoQuorum: FindingRule {
    let code = "KUP-P020"
    let title = "etcd has no quorum"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.etcd
    let page = ExplanationText(
        meaning: "Fewer than half of etcd's voters answer: nothing can be written to the cluster.",
        causes: ["hosts are down", "peer certificates are expired", "the network between the hosts is cut"],
        behaviour: "Nothing is applied.",
        remedies: [
            "bring members back until more than half answer",
            "if they are lost: etcdutl snapshot restore of the last backup, on every member",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let etcd = draft.topology.etcd
        let silent = draft.facts.etcd.compactMap { endpoint in
            endpoint.status.absence.map { "\(endpoint.node): \($0.reason)" }
        }.sorted()
        if etcd.answering.isEmpty {
            guard !draft.topology.etcdNodes.isEmpty else { return [] }
            return [finding("no member of etcd answers", why: silent, remedy: remedy(draft))]
        }
        let leaderless = etcd.answering.filter { $0.status.leaderID == nil }.map(\.node.text)
        guard etcd.healthyVoters.count < etcd.quorum || leaderless.count == etcd.answering.count else { return [] }
        let count =
            "\(etcd.healthyVoters.count) of \(etcd.voters.count) voters answer and have a leader, \(etcd.quorum) are needed"
        let leader = leaderless.isEmpty ? [] : ["no leader is known to \(leaderless.listed())"]
        return [finding("etcd has no quorum", why: [count] + leader + silent, remedy: remedy(draft))]
    }

    private func remedy(_ draft: PlanDraft) -> [String] {
        draft.topology.etcdNodes.sorted().map { Paste.on($0, "journalctl -u etcd -n 50") }
    }
}
