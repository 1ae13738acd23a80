/// What was looked for in a cluster as it is, and what was found.
public struct Diagnosis: Codable, Hashable, Sendable {
    public enum State: String, Codable, Sendable, CaseIterable {
        case ok
        /// It could not be looked for: what would show it did not answer.
        case unknown
        case note, warn, fail
    }

    /// One thing that was looked for, on one node or in the cluster.
    public struct Check: Codable, Hashable, Sendable {
        public var code: String
        /// What would be wrong, in a few words.
        public var title: String
        /// `nil` for the cluster.
        public var node: String?
        public var state: State
        /// `nil` where all is well, or unknown.
        public var finding: Finding?

        /// `isKnown`: what would show it answered.
        public init(code: String, title: String, node: String?, finding: Finding?, isKnown: Bool = true) {
            self.code = code
            self.title = title
            self.node = node
            self.finding = finding
            state =
                switch finding?.severity {
                case .blocker: .fail
                case .warning: .warn
                case .notice: .note
                case nil: isKnown ? .ok : .unknown
                }
        }
    }

    /// This code writes schema 1.
    public var schema = 1
    public var cluster: String
    /// RFC 3339.
    public var observedAt: String
    public var nodes: [String]
    /// Ordered by node (the cluster first), state (the worst first) and code.
    public var checks: [Check]

    public init(cluster: String, observedAt: String, nodes: [String], checks: [Check]) {
        self.cluster = cluster
        self.observedAt = observedAt
        self.nodes = nodes.sorted()
        self.checks = checks.sorted { left, right in
            if left.node != right.node { return (left.node ?? "") < (right.node ?? "") }
            if left.state != right.state { return left.state.rank > right.state.rank }
            return (left.code, left.finding?.what ?? "") < (right.code, right.finding?.what ?? "")
        }
    }

    /// Of one node, or of the cluster where `node` is `nil`.
    public func checks(of node: String?) -> [Check] { checks.filter { $0.node == node } }

    public func count(_ state: State) -> Int { checks.filter { $0.state == state }.count }
}

extension Diagnosis.State {
    fileprivate var rank: Int {
        switch self {
        case .ok: 0
        case .unknown: 1
        case .note: 2
        case .warn: 3
        case .fail: 4
        }
    }
}
