import Plans

struct OffersDiffer: FindingRule {
    let code = "KUP-P003"
    let title = "nodes are offered different versions"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "One rebuild would bring different versions of Kubernetes to the nodes, or of etcd to its members. "
            + "Different minors are no goal that a plan can have; different patches are legal, and seldom meant.",
        causes: [
            "hosts of one flake follow different nixpkgs inputs", "a package is pinned on some hosts only",
            "a closure was built before the last update of the flake",
        ],
        behaviour: "Different minors: no hop is planned. Different patches: each node gets its own.",
        remedies: [
            "let all hosts of the cluster follow one nixpkgs input",
            "pin services.kubernetes.package and services.etcd.package everywhere",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let offers = draft.channel.offers.compactMapValues(\.value)
        let members = offers.filter { draft.topology.etcdNodes.contains($0.key) }.compactMapValues(\.etcd)
        return differing(
            offers.mapValues(\.kubernetes), "the nodes are offered different versions of Kubernetes",
            remedy: "services.kubernetes.package = pkgs.kubernetes;  # from one nixpkgs on every node")
            + differing(
                members, "the members of etcd are offered different versions",
                remedy: "services.etcd.package = pkgs.etcd;  # from one nixpkgs on every master")
    }

    private func differing(_ offers: [NodeName: Version], _ what: String, remedy: String) -> [Finding] {
        guard Set(offers.values).count > 1 else { return [] }
        let minors = Set(offers.values.map(\.minorRelease))
        let byVersion = Dictionary(grouping: offers, by: \.value).sorted { $0.key < $1.key }
        return [
            finding(
                what, severity: minors.count > 1 ? .blocker : .warning,
                why: byVersion.map { version, nodes in "\(version): \(nodes.map(\.key.text).listed())" },
                remedy: [remedy])
        ]
    }
}
