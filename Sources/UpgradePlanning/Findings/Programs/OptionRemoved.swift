import Plans

struct OptionRemoved: FindingRule {
    let code = "KUP-P070"
    let title = "a unit passes what its new program does not know"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "The new system's unit passes a flag, feature gate or admission plugin that this version of the "
            + "program does not know. It exits at once, and again after every restart: a kubelet that does so leaves a "
            + "node without pods, an apiserver the cluster without an API.",
        causes: [
            "services.kubernetes.package is pinned to another minor than the module is written for: the 2025 module "
                + "passes --pod-infra-container-image, and kubelet 1.35 does not know it any more",
            "extraOpts or featureGates of your own that were never cleaned up",
        ],
        behaviour: "The plan is computed and cannot be applied. Where the closure is built (plan --build, --closure) "
            + "the program itself was asked; otherwise a table was, and apply asks the program before anything moves.",
        remedies: [
            "take module and package from one nixpkgs: a bridge that pins all of nixpkgs instead of the package",
            "remove the option: services.kubernetes.kubelet.extraOpts, .apiserver.extraOpts, featureGates",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        var seen: Set<Finding> = []
        return draft.prospects.flatMap { move in
            Self.components.compactMap { finding(on: $0, move, draft) }
        }.filter { seen.insert($0).inserted }
    }

    private static let components: [Component] = [.apiServer, .controllerManager, .scheduler, .kubelet, .proxy]

    private func finding(on component: Component, _ move: Prospect, _ draft: PlanDraft) -> Finding? {
        guard let unit = move.offer.closure?.units[component.unit] else { return nil }
        let minor = move.offer.kubernetes.minorRelease
        if let refusals = unit.refusals {
            let unjudged = RemovedOptions.removed(gates: unit.unjudgedGates ?? [], in: minor)
            let why = (refusals.isEmpty ? [] : ["the program itself refuses \(refusals.listed())"])
            guard !refusals.isEmpty || !unjudged.isEmpty else { return nil }
            return finding(
                component, move, names: refusals + unjudged.map(\.name),
                why: (why + (unjudged.isEmpty ? [] : [Self.since(unjudged)])).joined(separator: "; "))
        }
        guard let line = unit.commandLine else { return nil }
        let removed = RemovedOptions.removed(from: component, passing: line, in: minor)
        guard removed.isEmpty else {
            return finding(component, move, names: removed.map(\.name), why: Self.since(removed))
        }
        return component == .kubelet ? finding(onConfigurationOf: move, line, minor, draft) : nil
    }

    /// The gates of the kubelet's configuration that runs: the target's is only known when it is built.
    private func finding(
        onConfigurationOf move: Prospect, _ line: CommandLineFacts, _ minor: MinorRelease, _ draft: PlanDraft
    ) -> Finding? {
        let gates = draft.topology.hosts[move.node].map { Array($0.platform.kubeletGates.keys) } ?? []
        let removed = RemovedOptions.removed(from: .kubelet, passing: line, gates: gates, in: minor)
        guard !removed.isEmpty else { return nil }
        return finding(
            .kubelet, move, severity: .warning, names: removed.map(\.name),
            why: Self.since(removed) + "; so says today's configuration, the target's is known when it is built")
    }

    private static func since(_ removed: [RemovedOptions.Option]) -> String {
        removed.map { "\($0.name) is gone from \($0.removedIn) on" }.joined(separator: "; ")
    }

    private func finding(
        _ component: Component, _ move: Prospect, severity: Finding.Severity = .blocker, names: [String], why: String
    ) -> Finding {
        finding(
            "\(component.rawValue) \(move.offer.kubernetes) of \(move.node) would not start", node: move.node,
            severity: move.severity(severity),
            why: ["\(component.unit) passes \(names.listed())", why] + move.whenever,
            remedy: [
                "grep -rn -e \(Paste.word(names.sorted().first.map(Self.word) ?? "")) .  # in your flake, and in nixpkgs/nixos/modules/services/cluster/kubernetes"
            ])
    }

    /// `--flag` without its dashes, `feature gate X` as `X`: as a Nix file has it.
    private static func word(_ name: String) -> String {
        name.hasPrefix("--") ? String(name.dropFirst(2)) : name.split(separator: " ").last.map(String.init) ?? name
    }
}
