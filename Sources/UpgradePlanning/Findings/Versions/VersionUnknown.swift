import Plans

struct VersionUnknown: FindingRule {
    let code = "KUP-P062"
    let title = "a running version is not known"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "A component's program would not say its version, so the skew rules cannot be checked for it.",
        causes: ["the program does not start: a missing library or loader", "the host has no Kubernetes at all"],
        behaviour: "The plan is computed without the component and cannot be applied.",
        remedies: ["run the program of the unit with --version by hand"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.hosts.compactMap { node, host in
            let silent = host.components.filter { part in
                (part.component.isKubernetes || part.component == .etcd)
                    && draft.now[node]?.running[part.component] == nil
            }
            guard let first = silent.map(\.executable).min() else { return nil }
            return finding(
                "it is not known which versions \(node) runs", node: node,
                why: ["no version from \(silent.map(\.executable).listed())"],
                remedy: [Paste.on(node, "\(Paste.word(first)) --version")])
        }
    }
}
