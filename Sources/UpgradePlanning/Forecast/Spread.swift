/// How many pods of a pod's kind each domain has now, for each of its spread rules.
///
/// As the scheduler counts (`podtopologyspread`, Kubernetes documentation "Pod Topology Spread Constraints"): domains are
/// those of nodes that have the labels of all rules and that the pod's own selectors allow. Cordoned and tainted nodes
/// count too, unless the rule says otherwise, which is why a drained node, with no pod left, can keep others from taking
/// more.
struct Spread {
    fileprivate struct Rule {
        let spread: SpreadFacts
        let counts: [String: Int]
        let fewest: Int
        /// 1 where the pod is one of those that it spreads.
        let own: Int
    }

    private let rules: [Rule]

    /// - Parameter closed: the node that is drained: cordoned by then.
    init(of pod: PodFacts, in room: Room, closed: String) {
        let spreads = pod.placement.spreads ?? []
        // Most pods have no such rule, and looking at every node for each of them would cost more than all the rest.
        guard !spreads.isEmpty else {
            rules = []
            return
        }
        let places = room.places.indices.map { room.place(at: $0) }.filter { place in
            spreads.allSatisfy { place.node.labels[$0.topologyKey] != nil }
        }
        rules = spreads.map { spread in
            let counted = places.filter { spread.counts($0.node, for: pod, closed: closed) }
            return Rule(spread, pod, places: counted)
        }
    }

    /// Why the pod may not go to a node; `nil` where nothing speaks against it.
    func obstacle(on node: NodeObjectFacts) -> String? {
        for rule in rules {
            guard let domain = node.labels[rule.spread.topologyKey] else { return "without \(rule.spread.topologyKey)" }
            if rule.counts[domain, default: 0] + rule.own - rule.fewest > rule.spread.maxSkew {
                return "too many of its kind there"
            }
        }
        return nil
    }
}

extension Spread.Rule {
    init(_ spread: SpreadFacts, _ pod: PodFacts, places: [Room.Place]) {
        var counts: [String: Int] = [:]
        for place in places {
            guard let domain = place.node.labels[spread.topologyKey] else { continue }
            counts[domain, default: 0] += place.pods.count {
                $0.namespace == pod.namespace && !$0.isTerminating && spread.selector.matches($0.labels)
            }
        }
        own = spread.selector.matches(pod.labels) ? 1 : 0
        self.spread = spread
        self.counts = counts
        fewest = counts.count < spread.minDomains ?? 1 ? 0 : counts.values.min() ?? 0
    }
}

extension SpreadFacts {
    /// Whether a node's pods count. A cordon is a taint, `node.kubernetes.io/unschedulable`.
    fileprivate func counts(_ node: NodeObjectFacts, for pod: PodFacts, closed: String) -> Bool {
        if countsOtherNodes != true, !pod.placement.allows(node) { return false }
        guard honorsTaints == true else { return true }
        guard node.name == closed || node.isUnschedulable else { return pod.placement.hostileTaint(node) == nil }
        let cordon = TaintFacts(key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule")
        return pod.placement.tolerations.contains { $0.tolerates(cordon) } && pod.placement.hostileTaint(node) == nil
    }
}

extension PlacementFacts {
    /// Whether a node has the labels that the pod asks for.
    func allows(_ node: NodeObjectFacts) -> Bool {
        nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
            && (nodeTerms.isEmpty || nodeTerms.contains { $0.matches(node) })
    }
}
