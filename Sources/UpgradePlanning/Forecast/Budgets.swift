/// Disruption budgets while pods leave: who may go now, and whether waiting helps.
///
/// As the eviction endpoint decides (kubernetes, `pkg/registry/core/pod/storage/eviction.go`).
struct Budgets {
    struct Budget {
        let facts: BudgetFacts

        var name: String { "\(facts.namespace)/\(facts.name)" }

        /// `budget shop/web needs 3, has 3`.
        var words: String { "budget \(name) needs \(facts.desiredHealthy), has \(facts.currentHealthy)" }

        /// Even with all of its pods ready it allows nothing.
        var isNeverMet: Bool { facts.expectedPods > 0 && facts.expectedPods <= facts.desiredHealthy }
    }

    let all: [Budget]
    /// Evictions that each still allows before the next pod has to be ready elsewhere.
    private(set) var allowed: [Int]
    private let byNamespace: [String: [Int]]

    init(_ facts: [BudgetFacts]) {
        all = facts.map(Budget.init)
        allowed = facts.map { $0.isStale == true ? 0 : max(0, $0.disruptionsAllowed) }
        byNamespace = Dictionary(grouping: facts.indices) { facts[$0].namespace }
    }

    /// The budgets that a pod stands under.
    func indices(of pod: PodFacts) -> [Int] {
        (byNamespace[pod.namespace] ?? []).filter { all[$0].facts.selector.matches(pod.labels) }
    }

    /// The eviction endpoint does not ask a budget for a pod that does not serve.
    static func isExempt(_ pod: PodFacts) -> Bool { pod.isFinished || pod.phase == "Pending" || pod.isTerminating }

    /// A pod that is not ready may leave while the others are enough.
    func lets(unready pod: PodFacts, under index: Int) -> Bool {
        let budget = all[index].facts
        if !pod.isReady, budget.letsUnready == true { return true }
        return !pod.isReady && budget.desiredHealthy > 0 && budget.currentHealthy >= budget.desiredHealthy
    }

    mutating func take(_ index: Int) { allowed[index] -= 1 }

    /// A successor is ready elsewhere.
    mutating func give(_ index: Int) { allowed[index] += 1 }
}
