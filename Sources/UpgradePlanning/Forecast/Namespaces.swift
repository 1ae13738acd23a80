/// Which namespaces a term of a pod's affinity looks in
/// (https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#namespace-selector).
struct Namespaces {
    /// Labels by name; those that nobody asked for have the one label that every namespace has since 1.22.
    private let labels: [String: [String: String]]

    init(_ facts: KubernetesFacts) {
        let known = facts.namespaceLabels ?? [:]
        labels = Set(facts.pods.map(\.namespace)).union(known.keys).reduce(into: [:]) { labels, name in
            labels[name] = known[name] ?? ["kubernetes.io/metadata.name": name]
        }
    }

    /// Those that are named and those that the selector holds for; without either the owner's own.
    func of(_ term: PodTermFacts, owner: PodFacts) -> Set<String> {
        guard let selector = term.namespaceSelector else {
            return term.namespaces.isEmpty ? [owner.namespace] : Set(term.namespaces)
        }
        return Set(term.namespaces).union(labels.filter { selector.matches($0.value) }.keys)
    }

    /// Whether `other` is one of the pods that a term of `owner` speaks of.
    func concerns(_ term: PodTermFacts, _ other: PodFacts, from owner: PodFacts) -> Bool {
        guard term.selector.matches(other.labels) else { return false }
        guard let selector = term.namespaceSelector else {
            return term.namespaces.isEmpty
                ? other.namespace == owner.namespace : term.namespaces.contains(other.namespace)
        }
        return term.namespaces.contains(other.namespace) || selector.matches(labels[other.namespace] ?? [:])
    }
}
