import Plans

struct TwoMembers: FindingRule {
    let code = "KUP-P027"
    let title = "etcd has an even number of members"
    let severity = Finding.Severity.warning
    let sight = FindingSight.etcd
    let page = ExplanationText(
        meaning: "Two members need two to agree: the loss of either stops all writes, so two are worse than one. Four "
            + "bear no more losses than three.",
        causes: ["a second master was added and a third never came", "a member was lost and not replaced"],
        behaviour:
            "Nothing is refused for it while no member moves; a run that restarts a member of two is (KUP-P021).",
        remedies: ["add a member, or remove one: etcdctl member list, then etcdctl member add or remove"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let voters = draft.topology.etcd.voters.count
        guard draft.topology.etcd.clusters.count == 1, voters > 0, voters.isMultiple(of: 2) else { return [] }
        let quorum = draft.topology.etcd.quorum
        return [
            finding(
                "etcd has \(voters) members and bears the loss of \(voters - quorum)",
                why: [
                    "\(quorum) of \(voters) must agree; \(Amount.count(voters - 1, "member")) would bear \(voters == 2 ? "no less" : "as much")"
                ],
                remedy: Paste.etcdctl(draft, "member list"))
        ]
    }
}
