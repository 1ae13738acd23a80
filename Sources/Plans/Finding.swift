/// Something that a person should know before a plan is performed, and what can be done about it.
public struct Finding: Codable, Hashable, Sendable {
    public enum Severity: String, Codable, Sendable, CaseIterable, Comparable {
        /// Performing the plan would break something or is not legal: it cannot be performed.
        case blocker
        /// It can be performed, and something may suffer.
        case warning
        /// Good to know.
        case notice

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .blocker: 0
            case .warning: 1
            case .notice: 2
            }
        }
    }

    /// Stable: `KUP-P012`. `kupgrade explain` has a page for each.
    public var code: String
    public var severity: Severity
    /// The node it is about; `nil` for the cluster.
    public var node: String?
    /// One plain sentence.
    public var what: String
    /// The numbers and names that make it so.
    public var why: [String]
    /// Commands that can be pasted, or exact lines of configuration.
    public var remedy: [String]

    public init(
        code: String, severity: Severity, node: String? = nil, what: String, why: [String], remedy: [String]
    ) {
        self.code = code
        self.severity = severity
        self.node = node
        self.what = what
        self.why = why
        self.remedy = remedy
    }

    /// Blockers first, then by code, node and text: the same findings always come in the same order.
    static func isShownBefore(_ left: Finding, _ right: Finding) -> Bool {
        if left.severity != right.severity { return left.severity < right.severity }
        return (left.code, left.node ?? "", left.what) < (right.code, right.node ?? "", right.what)
    }
}
