import Plans

struct MemberLearns: FindingRule {
    let code = "KUP-P024"
    let title = "an etcd member does not vote"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.etcd
    let page = ExplanationText(
        meaning: "A learner is a member that is being added. While the membership changes nothing else should.",
        causes: ["somebody adds a member", "a member was added as a learner and never promoted"],
        behaviour: "The plan is computed and cannot be applied.",
        remedies: ["promote it: etcdctl member promote ID", "or remove it: etcdctl member remove ID"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.etcd.learners.map { peer in
            let name = peer.name.isEmpty ? "without a name" : peer.name
            return finding(
                "the etcd member \(peer.memberID) is a learner",
                why: ["\(name), \(peer.peerURLs.listed())"],
                remedy: Paste.etcdctl(draft, "member promote \(peer.memberID)", "member remove \(peer.memberID)"))
        }
    }
}
