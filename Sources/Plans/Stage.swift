/// Steps that belong together: the preparation, one node within one hop, the end.
public struct Stage: Codable, Hashable, Sendable, Identifiable {
    public enum Kind: String, Codable, Sendable {
        /// For the whole cluster, before any node is touched.
        case preparation
        /// What is saved before a hop.
        case backup
        /// One node of the control plane.
        case controlPlane
        /// One node that runs no apiserver and no etcd.
        case worker
        /// Puts back what the preparation changed.
        case end
        /// One part of a restore, on every host that it concerns.
        case restore
    }

    /// Stable and readable: `preparation`, `1.21/backup`, `1.21/grey-area`, `end`.
    public var id: String
    public var kind: Kind
    /// A few words for people.
    public var title: String
    /// The hop it belongs to, as ``Goal/Hop/id``; `nil` for the stages of the whole run.
    public var hop: String?
    /// The node it moves; `nil` for the stages of the whole cluster.
    public var node: String?
    public var steps: [Step]

    public init(id: String, kind: Kind, title: String, hop: String? = nil, node: String? = nil, steps: [Step]) {
        self.id = id
        self.kind = kind
        self.title = title
        self.hop = hop
        self.node = node
        self.steps = steps
    }
}
