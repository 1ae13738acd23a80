import Plans

struct UnknownServer: FindingRule {
    let code = "KUP-P014"
    let title = "it is not known which apiserver a master's components use"
    let severity = Finding.Severity.notice
    let page = ExplanationText(
        meaning: "With several masters it matters which apiserver each component talks to while two minors run. "
            + "Here nobody could read it, so each master is taken to use its own.",
        causes: ["the kubeconfig is not readable", "it has a form that kupgrade does not read"],
        behaviour: "Controller-manager and scheduler of a moved master are kept stopped until all apiservers are "
            + "moved.",
        remedies: ["look into the kubeconfigs that the units name, and compare their server with the node's name"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        guard draft.topology.apiServerNodes.count > 1 else { return [] }
        return draft.topology.apiServerNodes.sorted().compactMap { node in
            guard let state = draft.now[node] else { return nil }
            let unknown = [Component.kubelet, .proxy, .controllerManager, .scheduler].filter {
                state.components.contains($0) && draft.topology.reach(of: $0, on: node) == .unknown
            }
            guard !unknown.isEmpty else { return nil }
            return finding(
                "it is not known which apiserver the components of \(node) use", node: node,
                why: ["no server was found for \(unknown.map(\.rawValue).listed())"],
                remedy: [Paste.on(node, "systemctl cat \(unknown.map(\.unit).sorted().joined(separator: " "))")])
        }
    }
}
