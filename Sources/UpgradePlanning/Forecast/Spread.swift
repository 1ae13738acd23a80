/// How many pods of a pod's kind each domain has now, for each of its spread rules.
///
/// As the scheduler counts (`podtopologyspread`, Kubernetes documentation "Pod Topology Spread Constraints"): domains are
/// those of nodes that the pod's own selectors allow. Cordoned and tainted nodes count too, unless the rule says otherwise,
/// which is why a drained node, with no pod left, can keep others from taking more.
struct Spread {
    private struct Rule {
        let spread: SpreadFacts
        let counts: [String: Int]
        let fewest: Int
    }

    private let rules: [Rule]

    init(of pod: PodFacts, in room: Room) {
        rules = (pod.placement.spreads ?? []).map { spread in
            var counts: [String: Int] = [:]
            for index in room.places.indices {
                let place = room.place(at: index)
                guard let domain = place.node.labels[spread.topologyKey], pod.placement.allows(place.node) else {
                    continue
                }
                counts[domain, default: 0] += place.pods.count {
                    $0.namespace == pod.namespace && !$0.isTerminating && spread.selector.matches($0.labels)
                }
            }
            let own = spread.selector.matches(pod.labels) ? 1 : 0
            return Rule(spread: spread, counts: counts.mapValues { $0 + own }, fewest: counts.values.min() ?? 0)
        }
    }

    /// Why the pod may not go to a node; `nil` where nothing speaks against it.
    func obstacle(on node: NodeObjectFacts) -> String? {
        for rule in rules {
            guard let domain = node.labels[rule.spread.topologyKey] else { return "without \(rule.spread.topologyKey)" }
            if rule.counts[domain, default: 0] - rule.fewest > rule.spread.maxSkew {
                return "too many of its kind there"
            }
        }
        return nil
    }
}

extension PlacementFacts {
    /// Whether a node has the labels that the pod asks for.
    func allows(_ node: NodeObjectFacts) -> Bool {
        nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
            && (nodeTerms.isEmpty || nodeTerms.contains { $0.matches(node) })
    }
}
