import Plans

struct OffersDiffer: FindingRule {
    let code = "KUP-P003"
    let title = "nodes are offered different versions"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "One rebuild would bring different Kubernetes versions to the nodes. Different minors are no "
            + "goal that a plan can have; different patches are legal, and seldom meant.",
        causes: [
            "hosts of one flake follow different nixpkgs inputs", "a package is pinned on some hosts only",
            "a closure was built before the last update of the flake",
        ],
        behaviour: "Different minors: no hop is planned. Different patches: each node gets its own.",
        remedies: [
            "let all hosts of the cluster follow one nixpkgs input",
            "pin services.kubernetes.package everywhere",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let offers = draft.channel.offers.compactMapValues { $0.value?.kubernetes }
        guard Set(offers.values).count > 1 else { return [] }
        let minors = Set(offers.values.map(\.minorRelease))
        let byVersion = Dictionary(grouping: offers, by: \.value).sorted { $0.key < $1.key }
        return [
            finding(
                "the nodes are offered different versions of Kubernetes",
                severity: minors.count > 1 ? .blocker : .warning,
                why: byVersion.map { version, nodes in "\(version): \(nodes.map(\.key.text).listed())" },
                remedy: ["services.kubernetes.package = pkgs.kubernetes;  # from one nixpkgs on every node"])
        ]
    }
}
