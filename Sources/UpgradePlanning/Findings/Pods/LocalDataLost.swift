import Plans

struct LocalDataLost: FindingRule {
    let code = "KUP-P083"
    let title = "data that is lost when pods move"
    let severity = Finding.Severity.warning
    let isAboutToday = false
    let page = ExplanationText(
        meaning:
            "An emptyDir is deleted with its pod. Data on a host path or a local volume stays on the host; the pod "
            + "waits for it, or starts elsewhere without it. A reboot alone keeps both; the drain before it does not.",
        causes: ["caches, uploads and databases without a volume of their own"],
        behaviour:
            "The plan is applied where the loss is accepted by name (apply --accept KUP-P083); what is lost is named with its "
            + "size where a limit says it.",
        remedies: ["give what matters a PersistentVolumeClaim", "copy it: kubectl cp NAMESPACE/POD:/path ."])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.plannedDrains.compactMap { node, forecast in
            let lost = forecast.localData.filter { $0.fate == .lost }
            guard !lost.isEmpty else { return nil }
            return finding(
                "\(node): \(Amount.count(lost.count, "emptyDir volume")) \(lost.count == 1 ? "is lost with its pod" : "are lost with their pods")",
                node: node, why: lost.map { "\($0.pod): \($0.what)" }.sorted(),
                remedy: [Paste.pods(of: node, draft), "kupgrade apply --accept \(code)"])
        }
    }
}
