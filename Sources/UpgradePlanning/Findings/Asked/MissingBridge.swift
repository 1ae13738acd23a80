import Plans

struct MissingBridge: FindingRule {
    let code = "KUP-P005"
    let title = "skipped minor without a bridge"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "The way to the offered version leads over a minor that the channel does not have. Kubernetes "
            + "supports no skipped minor, \"even in single-instance clusters\".",
        causes: [
            "NixOS has two releases in a year, Kubernetes three minors: every .05 release skips one",
            "the cluster was not rebuilt for several releases",
            "nodes are so far behind that they must catch up first",
        ],
        behaviour: "The plan goes as far as it is legal. It cannot be applied until the way is whole.",
        remedies: [
            "pin the whole system's nixpkgs to a revision that has the minor, and name it under channel.bridges: "
                + "module and package agree, so this is the best of the three",
            "set services.kubernetes.package from such a revision on the present release: check that the module's "
                + "flags exist in that version",
            "override version and source of pkgs.kubernetes: needs the Go version that the minor asks for",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        guard case .missingBridge(let minor) = draft.route.obstacle, let lowest = draft.route.lowest,
            let target = draft.route.target
        else { return [] }
        let known = BridgeWindow.sentence(for: minor) ?? "no NixOS release between the two is known to carry \(minor)"
        return [
            finding(
                what(minor, lowest),
                why: ["runs \(lowest), is offered \(target)", "no bridge carries \(minor)", known],
                remedy: remedy(minor))
        ]
    }

    private func what(_ minor: MinorRelease, _ lowest: MinorRelease) -> String {
        minor == lowest
            ? "nodes that are behind must reach \(minor) before any apiserver goes beyond it"
            : "the way leads over Kubernetes \(minor), which the channel skips"
    }

    private func remedy(_ minor: MinorRelease) -> [String] {
        [
            "channel: { bridges: { \"\(minor)\": \"github:NixOS/nixpkgs/REVISION\" } }  # in the cluster file",
            "services.kubernetes.package = (import (fetchTarball "
                + "\"https://github.com/NixOS/nixpkgs/archive/REVISION.tar.gz\") { }).kubernetes;",
            "services.kubernetes.package = pkgs.kubernetes.overrideAttrs { version = \"\(minor).PATCH\"; src = "
                + "SOURCE; };",
        ]
    }
}
