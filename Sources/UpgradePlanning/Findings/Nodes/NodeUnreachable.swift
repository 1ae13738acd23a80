import Plans

struct NodeUnreachable: FindingRule {
    let code = "KUP-P030"
    let title = "a node cannot be reached"
    let severity = Finding.Severity.blocker
    let sight = FindingSight.ownEyes
    let page = ExplanationText(
        meaning: "Nothing could be asked of the host itself, so nothing can be planned or done for it.",
        causes: [
            "the host is down or no address of it answers", "its host key is not known or has changed",
            "the login or becoming root is refused",
        ],
        behaviour: "The plan is computed from what the cluster says of the node, and cannot be applied.",
        remedies: ["ssh -v NODE shows why", "correct the addresses, the user or become in the cluster file"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.facts.nodes.compactMap { node in
            node.host.absence.map { absence in
                // What the reason tells already is not told again.
                let tried = node.addresses.map { "\($0.address): \($0.reason ?? $0.state.rawValue)" }
                    .filter { !absence.reason.contains($0) }
                return finding(
                    "\(node.name) cannot be asked: \(words(absence.code))", node: node.name,
                    why: [absence.reason] + tried.sorted(), remedy: [Paste.on(node.name, "true")])
            }
        }
    }

    private func words(_ code: Absence.Code) -> String {
        switch code {
        case .unreachable: "no address answers"
        case .refused: "it refuses the login"
        case .hostKey: "its host key is none that is known"
        case .noPrivilege: "it does not let us become root"
        case .timedOut: "it does not answer in time"
        case .malformed: "it answers something else than what was asked for"
        case .missing: "something that is asked for is not there"
        case .failed: "it answers with an error"
        case .notAsked: "it was not asked"
        }
    }
}
