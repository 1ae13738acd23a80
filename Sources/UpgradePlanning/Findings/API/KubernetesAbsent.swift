import Plans

struct KubernetesAbsent: FindingRule {
    let code = "KUP-P061"
    let title = "the cluster could not be asked"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.ownEyes
    let page = ExplanationText(
        meaning: "No apiserver told about nodes, pods and budgets: nothing can be drained, and nothing proven.",
        causes: ["no apiserver runs", "the kubeconfig is wrong or its certificate has ended", "a firewall"],
        behaviour: "The plan is computed from what the hosts say, and cannot be applied.",
        remedies: ["kubectl get --raw /readyz", "name a kubeconfig in the cluster file"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.facts.kubernetes.absence.map { absence in
            [
                finding(
                    "the cluster could not be asked about itself", why: [absence.reason],
                    remedy: [
                        "kubectl get --raw /readyz  # --kubeconfig FILE where the cluster file names one",
                        "kupgrade facts",
                    ])
            ]
        } ?? []
    }
}
