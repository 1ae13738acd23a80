import Plans

/// The skew rules as they are kept or broken now; three codes, one way to look.
enum SkewNow {
    /// Rules that are broken now. Those that the first hop repairs keep nobody from performing it.
    static func broken(_ draft: PlanDraft) -> [(violation: NodeViolation, severity: Finding.Severity)] {
        let remaining = Set(
            draft.route.afterFirstHop.violations().map { Pair(node: $0.node, subject: $0.violation.subject) })
        return draft.now.violations().sorted().map { found in
            let stays = remaining.contains(Pair(node: found.node, subject: found.violation.subject))
            return (found, stays || draft.route.hops.isEmpty ? .blocker : .warning)
        }
    }

    private struct Pair: Hashable {
        let node: NodeName?
        let subject: Component
    }

    static func repair(_ severity: Finding.Severity) -> String {
        switch severity {
        case .blocker: "this plan does not repair it"
        case .warning, .notice: "the first hop of this plan repairs it"
        }
    }
}
