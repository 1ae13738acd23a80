import Plans

struct FailedUnits: HostRule {
    let code = "KUP-P103"
    let title = "units have failed already"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "These units are in state failed before anything is changed. After a rebuild nobody could tell them from "
            + "what the rebuild broke.",
        causes: ["whatever journalctl says"],
        behaviour: "The plan can be applied; a run remembers them and judges only what fails beyond them.",
        remedies: ["journalctl -u UNIT", "systemctl reset-failed UNIT"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard !host.failedUnits.isEmpty else { return [] }
        return [
            finding(
                "\(host.failedUnits.count) \(host.failedUnits.count == 1 ? "unit of \(node) has" : "units of \(node) have") failed",
                node: node, why: [host.failedUnits.listed()],
                remedy: [Paste.on(node, "systemctl --failed")])
        ]
    }
}
