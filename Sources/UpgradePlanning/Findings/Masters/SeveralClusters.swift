import Plans

struct SeveralClusters: FindingRule {
    let code = "KUP-P015"
    let title = "the masters are not one cluster"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "Masters that do not share one etcd are clusters of their own that happen to stand in one file. "
            + "Objects made on one are unknown to the other, and controllers of both work on the same nodes.",
        causes: [
            "easyCerts gives every host with the role master its own etcd that listens on loopback only: it has "
                + "never supported more than one master",
            "a member was started anew with an empty data folder",
        ],
        behaviour: "The plan is computed and cannot be applied.",
        remedies: [
            "keep one master: services.kubernetes.roles = [ \"node\" ]; on the others",
            "or build a real etcd cluster by hand, with easyCerts off",
        ])

    /// With easyCerts all masters make the same id out of the same names: what they hold tells them apart.
    private static func revisions(_ members: [EtcdTopology.Member]) -> [String] {
        guard Set(members.map(\.status.clusterID)).count == 1 else { return [] }
        let held = members.map { "\($0.node) at revision \($0.status.revision)" }.joined(separator: ", ")
        return ["both call it the same, as masters that were set up alike do, and each holds its own data: \(held)"]
    }

    func examine(_ draft: PlanDraft) -> [Finding] {
        let members = draft.topology.etcd.answering
        let byEtcd = Dictionary(grouping: members, by: \.cluster).mapValues { $0.map(\.node) }
        let servers = draft.facts.apiServers.compactMap { server in
            server.status.value?.kubeSystemUID.value.map { (node: server.node, uid: $0) }
        }
        let byUID = Dictionary(grouping: servers, by: \.uid).mapValues { $0.map(\.node) }
        return [("etcd cluster", byEtcd), ("UID of kube-system", byUID)].compactMap { name, groups in
            guard groups.count > 1 else { return nil }
            return finding(
                "the masters are \(groups.count) clusters, by their \(name)",
                why: groups.sorted { $0.key < $1.key }.map { "\(name) \($0.key): \($0.value.map(\.text).listed())" }
                    + (name == "etcd cluster" ? Self.revisions(members) : []),
                remedy: ["services.kubernetes.roles = [ \"node\" ];  # on every host that is not the real master"])
        }
    }
}
