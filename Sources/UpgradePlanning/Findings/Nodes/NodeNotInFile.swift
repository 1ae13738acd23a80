import Plans

struct NodeNotInFile: FindingRule {
    let code = "KUP-P038"
    let title = "a node of the cluster is not in the cluster file"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.kubernetes
    let page = ExplanationText(
        meaning: "The cluster has a node that kupgrade was not told of. It will not be upgraded; when its kubelet "
            + "falls behind what the new apiserver allows, it must be upgraded first.",
        causes: ["the node was added after the cluster file was written", "the node is gone and its object stayed"],
        behaviour: "A warning while its kubelet stays within the skew policy, else the plan cannot be applied.",
        remedies: ["add it to the cluster file", "or kubectl delete node NAME, if it is gone for good"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.strangers.map { object in
            let kubelet = object.kubeletVersion?.minorRelease
            let broken = draft.route.end.apiServers.flatMap { servers in
                kubelet.flatMap { Skew.kubelet($0, apiServers: servers) }
            }
            let version = object.kubeletVersion.map { "its kubelet is \($0)" } ?? "its kubelet's version is not known"
            return finding(
                "node \(object.name) is not in the cluster file and will not be upgraded",
                severity: broken == nil ? .warning : .blocker, why: [version] + (broken.map { [$0.description] } ?? []),
                remedy: ["kubectl get node \(Paste.word(object.name)) -o wide"])
        }
    }
}
