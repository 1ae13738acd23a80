import Plans

struct MemoryTooSmall: HostRule {
    let code = "KUP-P092"
    let title = "little memory is left"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "A switch starts new programs while old ones end, and pods of the drained node come on top. A host that "
            + "runs out kills what is largest: the apiserver, or Ollama's model.",
        causes: ["a model is loaded in host memory", "too many pods without limits"],
        behaviour: "The plan can be applied.",
        remedies: ["systemctl stop ollama  # for the time of the run", "kubectl top node"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard host.memoryTotal > 0, host.memoryAvailable < draft.policy.memoryBytes else { return [] }
        return [
            finding(
                "\(node) has little memory left", node: node,
                why: [
                    "\(Amount.bytes(host.memoryAvailable)) of \(Amount.bytes(host.memoryTotal)) available, "
                        + "\(Amount.bytes(draft.policy.memoryBytes)) are wanted"
                ], remedy: [Paste.on(node, "systemd-cgtop -1 -m -n 1")])
        ]
    }
}
