import Plans

struct BrokenBridge: FindingRule {
    let code = "KUP-P006"
    let title = "a bridge does not carry what it promises"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "A pin of the cluster file is named for one minor and, evaluated, brings another one or none.",
        causes: [
            "the pinned revision is too old or too new", "the host pins services.kubernetes.package itself",
            "the pin does not evaluate with this configuration",
        ],
        behaviour: "The pin is not used; the way ends before its minor. A pin that is not on the way is only a "
            + "warning.",
        remedies: [
            "pick a revision inside the months in which nixpkgs had the minor",
            "remove a pin that is not needed",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.channel.bridges.flatMap { bridge in
            bridge.offers.sorted { $0.key < $1.key }.compactMap { node, offer in
                problem(bridge, offer).map { why in
                    finding(
                        "the bridge for \(bridge.minor) does not bring \(bridge.minor) to \(node)", node: node,
                        severity: isOnTheWay(bridge, node, draft) ? .blocker : .warning,
                        why: [why, "bridge \(bridge.minor) is \(bridge.reference)"],
                        remedy: [
                            "channel: { bridges: { \"\(bridge.minor)\": \"github:NixOS/nixpkgs/REVISION\" } }"
                                + "  # in the cluster file"
                        ])
                }
            } + unasked(bridge, draft)
        }
    }

    /// The way ends at a node for which the pin was never evaluated.
    private func unasked(_ bridge: ChannelFacts.Bridge, _ draft: PlanDraft) -> [Finding] {
        guard case .brokenBridge(bridge, let node) = draft.route.obstacle, bridge.offers[node] == nil else { return [] }
        return [
            finding(
                "the bridge for \(bridge.minor) was not evaluated for \(node)", node: node,
                why: ["bridge \(bridge.minor) is \(bridge.reference)"], remedy: ["kupgrade plan"])
        ]
    }

    private func problem(_ bridge: ChannelFacts.Bridge, _ offer: Observed<NodeOffer>) -> String? {
        switch offer {
        case .absent(let absence): absence.reason
        case .seen(let offer) where offer.kubernetes.minorRelease == bridge.minor: nil
        case .seen(let offer): "it carries Kubernetes \(offer.kubernetes)"
        }
    }

    private func isOnTheWay(_ bridge: ChannelFacts.Bridge, _ node: NodeName, _ draft: PlanDraft) -> Bool {
        guard let target = draft.route.target, bridge.minor < target else { return false }
        return draft.now[node]?.kubernetesVersions.contains { $0.minorRelease < bridge.minor } ?? false
    }
}
