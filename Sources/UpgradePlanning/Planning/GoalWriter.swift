import Plans

/// Writes the plan's summary.
struct GoalWriter {
    private let draft: PlanDraft

    init(_ draft: PlanDraft) { self.draft = draft }

    func goal() -> Goal { Goal(changes: changes(), hops: hops(), nodes: nodes(), later: later()) }

    private func changes() -> [Goal.Change] {
        let now = draft.topology.names.compactMap { draft.now[$0] }
        let end = draft.topology.names.compactMap { draft.route.end[$0] }
        func versions(_ states: [NodeState], _ components: [Component]) -> [String] {
            let found = states.flatMap { state in components.compactMap { state.running[$0] } }
            return Set(found).sorted().map(\.description)
        }
        func texts(_ states: [NodeState], _ text: (NodeState) -> String?) -> [String] {
            Set(states.compactMap(text)).sorted()
        }
        let kubernetes = Component.allCases.filter(\.isKubernetes)
        return [
            Goal.Change(name: "kubernetes", from: versions(now, kubernetes), to: versions(end, kubernetes)),
            Goal.Change(name: "etcd", from: versions(now, [.etcd]), to: versions(end, [.etcd])),
            Goal.Change(name: "containerd", from: versions(now, [.containerd]), to: versions(end, [.containerd])),
            Goal.Change(name: "kernel", from: texts(now, \.bootedKernel), to: texts(end, \.bootedKernel)),
            Goal.Change(name: "nixos", from: texts(now, \.nixos), to: texts(end, \.nixos)),
        ].filter { $0.from != $0.to }
    }

    private func hops() -> [Goal.Hop] {
        draft.route.hops.map { planned in
            let versions = planned.moves.compactMap { move -> Version? in
                switch planned.hop.kind {
                case .kubernetes: move.offer.kubernetes
                case .etcd: move.offer.etcd
                }
            }
            return Goal.Hop(
                id: planned.hop.id, versions: Set(versions).sorted().map(\.description),
                source: SystemSource(planned.hop.leg, draft.channel).description, isBridge: planned.hop.leg.isBridge,
                nodes: planned.moves.map(\.node.text))
        }
    }

    /// What all moves of a node do to it together: from what is active now to the last system it gets.
    private func nodes() -> [NodeChange] {
        let seen = draft.route.moves.filter { draft.topology.hosts[$0.node] != nil }
        return Dictionary(grouping: seen, by: \.node).map { node, moves in
            let impact = moves.reduce(Impact.none) { $0.harder($1.impact) }
            let reasons = moves.flatMap { move in
                ImpactRule.rebootReasons(move.offer, move.before) + ImpactRule.drainReasons(move.offer, move.before)
            }
            var change = NodeChange(
                node: node.text, impact: impact, certainty: .versions, reasons: Self.once(reasons),
                drain: impact.needsDrain ? draft.drains[node] : nil)
            if moves.count > 1 { change.impacts = moves.map(\.impact) }
            guard let now = draft.now[node], let last = moves.last?.offer, let closure = last.closure,
                let comparison = ImpactRule.comparison(of: last, with: now)
            else { return change }
            change.certainty = closure.certainty == .built ? .built : .evaluated
            change.restarts = comparison.restarts
            change.reloads = comparison.reloads
            change.stops = comparison.stops
            change.starts = comparison.starts
            change.keeps = comparison.keeps
            change.packages = comparison.packages
            return change
        }
    }

    /// In their order, each once.
    private static func once(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }

    private func later() -> [String] {
        if case .etcdSkips(let from, let to) = draft.route.obstacle {
            return EtcdRules.steps(from: from, to: to).map { "etcd \($0), in a run of its own" }
        }
        guard case .etcdMovesToo(let minor, let from, let to) = draft.route.obstacle else { return [] }
        return [
            "Kubernetes \(minor) with etcd \(from) pinned, when the pin is in the configuration",
            "etcd \(from) to \(to), in a run of its own once Kubernetes is where it should be",
        ]
    }
}
