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
        let single = Self.only(draft)
        guard let single else { return [] }
        let times = draft.moves(of: single).count { $0.restarts(.etcd) || $0.restarts(.apiServer) }
        guard times > 0 else { return [] }
        return [
            finding(
                "the Kubernetes API is away while \(single) moves", node: single,
                why: [
                    topology.etcd.clusters.count > 1
                        ? "the nodes follow it alone"
                        : "\(Amount.count(topology.etcd.voters.count, "etcd member")) and "
                            + Amount.count(topology.apiServerNodes.count, "apiserver"),
                    times == 1 ? "it moves once" : "it moves \(times) times",
                ],
                remedy: [Paste.pods(of: single, draft)])
        ]
    }

    /// The master without which there is no API; of several clusters, that of the one which the nodes follow.
    private static func only(_ draft: PlanDraft) -> NodeName? {
        let topology = draft.topology
        if topology.etcd.clusters.count > 1 { return draft.facts.followedServer }
        if topology.etcd.voters.count == 1 { return topology.etcd.healthyVoters.first?.node }
        return topology.apiServerNodes.count == 1 && !topology.hasUnseenMaster ? topology.apiServerNodes.first : nil
    }
}
