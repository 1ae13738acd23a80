import Plans

struct UnmanagedPods: FindingRule {
    let code = "KUP-P082"
    let title = "pods that nothing brings back"
    let severity = Finding.Severity.warning
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "No controller owns these pods: once they leave their node they are gone.",
        causes: ["kubectl run", "a manifest of kind Pod", "an operator that owns them without being their controller"],
        behaviour:
            "The plan is applied where they are accepted by name (apply --accept KUP-P082); each such pod is named before "
            + "it is deleted.",
        remedies: ["kubectl get pod NAME -o yaml  # keep it", "make it a Deployment with one replica"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.plannedDrains.compactMap { node, forecast in
            guard !forecast.unmanaged.isEmpty else { return nil }
            let pods = forecast.unmanaged.map(\.pod)
            let first = pods.sorted().first.map { $0.split(separator: "/").map(String.init) } ?? []
            return finding(
                "\(node): \(pods.count) \(pods.count == 1 ? "pod leaves and is" : "pods leave and are") not brought back",
                node: node, why: [pods.listed()],
                remedy: (first.count == 2
                    ? ["kubectl get pod -n \(first[0]) \(first[1]) -o yaml >\(first[1]).yaml"] : [])
                    + ["kupgrade apply --accept \(code)"])
        }
    }
}
