import Plans

struct SingleMember: FindingRule {
    let code = "KUP-P022"
    let title = "the API is away while the only master moves"
    let severity = Finding.Severity.notice
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "With one etcd member or one apiserver nothing can be asked of the cluster while its node is "
            + "rebuilt. Pods that run go on running.",
        causes: ["the cluster has one master, which is all that easyCerts supports"],
        behaviour: "Nothing is scheduled or healed for that time; kupgrade waits for it.",
        remedies: ["nothing needs to be done; choose an hour in which nobody deploys"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let topology = draft.topology
        let single =
            topology.etcd.voters.count == 1
            ? topology.etcd.healthyVoters.first?.node
            : topology.apiServerNodes.count == 1 ? topology.apiServerNodes.first : nil
        guard let single, draft.movedNodes.contains(single) else { return [] }
        let times = draft.route.moves.filter { $0.node == single }.count
        return [
            finding(
                "the Kubernetes API is away while \(single) moves", node: single,
                why: [
                    "\(Amount.count(topology.etcd.voters.count, "etcd member")) and "
                        + "\(Amount.count(topology.apiServerNodes.count, "apiserver")), moved "
                        + (times == 1 ? "once" : "\(times) times")
                ],
                remedy: ["kubectl get pods -A --field-selector spec.nodeName=\(single)"])
        ]
    }
}
