import Plans

struct OfferAbsent: FindingRule {
    let code = "KUP-P002"
    let title = "no offer for a node"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "Nobody can say what NixOS would bring to this node, so no plan can be made for it.",
        causes: [
            "the configuration does not evaluate", "the flake has no nixosConfigurations of this name",
            "the host's configuration does not use services.kubernetes", "Nix is missing where the plan is made",
        ],
        behaviour: "The plan leaves the node out of the last hop and cannot be applied.",
        remedies: [
            "run the evaluation by hand: nix eval "
                + ".#nixosConfigurations.NODE.config.services.kubernetes.package.version",
            "give the node in the cluster file the name it has in the flake",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let absent = draft.channel.offers.compactMap { node, offer in
            offer.absence.map { absence in
                finding(
                    "it is not known what NixOS would bring to \(node)", node: node, why: [absence.reason],
                    remedy: [evaluation(draft, node)])
            }
        }
        let unasked = draft.topology.names.filter { draft.channel.offers[$0] == nil }
        if unasked.count == draft.topology.names.count {
            return [finding("no node is offered anything", why: ["asked: \(source(draft))"], remedy: ["kupgrade plan"])]
        }
        return absent
            + unasked.map { node in
                finding(
                    "\(node) is offered nothing and stays as it is", node: node, severity: .notice,
                    why: ["what was asked names other nodes only"], remedy: [evaluation(draft, node)])
            }
    }

    /// A closure has no attribute to evaluate.
    private func evaluation(_ draft: PlanDraft, _ node: NodeName) -> String {
        if case .closure = draft.channel.source {
            return "kupgrade plan --closure \(node)=$(readlink -f result)  # add it to the others"
        }
        if case .channel(let path) = draft.channel.source, path.hasPrefix("/nix/store/") {
            return "ls -d \(path)  # the closure that was named"
        }
        // Where a command of the user's builds, it is asked.
        if source(draft) == ChannelFacts.buildCommand { return "kupgrade config explain  # channel.build" }
        return nixEval(draft, node)
    }

    private func nixEval(_ draft: PlanDraft, _ node: NodeName) -> String {
        let attribute = "nixosConfigurations.\(node).config.services.kubernetes.package.version"
        var words = ["nix", "--extra-experimental-features", "'nix-command flakes'", "eval"]
        if case .flake(_, let override?) = draft.channel.source {
            words += ["--override-input", Paste.word(draft.channel.input ?? "nixpkgs"), Paste.word(override)]
        }
        return (words + [Paste.word("\(source(draft))#\(attribute)")]).joined(separator: " ")
    }

    private func source(_ draft: PlanDraft) -> String {
        switch draft.channel.source {
        case .flake(let reference, _): reference
        case .channel, .closure, .version: "."
        }
    }
}
