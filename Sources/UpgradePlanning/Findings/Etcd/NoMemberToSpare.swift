import Plans

struct NoMemberToSpare: FindingRule {
    let code = "KUP-P021"
    let title = "etcd has no member to spare"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "The run restarts etcd on one node at a time. With this many voters the others are no majority "
            + "meanwhile, so every restart stops all writes, and a member that does not come back stops them for "
            + "good.",
        causes: ["two members: a majority of two is two", "a member is down"],
        behaviour: "The plan is computed and cannot be applied. A cluster of one member is not concerned: see "
            + "KUP-P022.",
        remedies: ["bring the missing member back", "add a third member, or remove the second"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let etcd = draft.topology.etcd
        let healthy = etcd.healthyVoters.count
        // Masters that are clusters of their own are KUP-P015.
        guard draft.movesEtcd, etcd.clusters.count == 1, etcd.voters.count > 1, healthy >= etcd.quorum,
            healthy - 1 < etcd.quorum
        else {
            return []
        }
        return [
            finding(
                "etcd cannot lose a member for a moment",
                why: [
                    "\(healthy) of \(etcd.voters.count) voters answer and have a leader, \(etcd.quorum) must stay when one restarts"
                ],
                remedy: draft.topology.etcdNodes.sorted().map { Paste.on($0, "systemctl status etcd") })
        ]
    }
}
