import Plans

struct NoControlPlane: FindingRule {
    let code = "KUP-P063"
    let title = "no apiserver is known"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "No node of the cluster file is known to run an apiserver of a known version, so there is no "
            + "minor to start from.",
        causes: ["the masters cannot be reached", "the cluster file names no master", "Kubernetes is not set up yet"],
        behaviour: "No hop is planned.",
        remedies: ["add the masters to the cluster file", "bring a master's kube-apiserver.service up"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        guard draft.route.lowest == nil else { return [] }
        let names = draft.topology.apiServerNodes.map(\.text)
        return [
            finding(
                "no apiserver of a known version was found",
                why: [
                    draft.topology.hosts.isEmpty
                        ? "no node answered"
                        : names.isEmpty
                            ? "no node that was seen runs one" : "runs on \(names.listed()), version not known"
                ],
                remedy: ["kupgrade facts"])
        ]
    }
}
