/// One change, or one wait, that a run performs, journals and can name.
public struct Step: Codable, Hashable, Sendable, Identifiable {
    /// Stable and readable, unique in its plan: `1.21/grey-area/drain`.
    public var id: String
    /// The node it is done to; `nil` where the cluster is.
    public var node: String?
    public var action: Action
    /// What it does to what runs on the node.
    public var impact: Impact
    /// How this one step is taken back.
    public var undo: Undo
    /// How the cluster gets back to where it was before the run, once this step is done.
    public var wayBack: WayBack

    public init(id: String, node: String? = nil, action: Action, impact: Impact, undo: Undo, wayBack: WayBack) {
        self.id = id
        self.node = node
        self.action = action
        self.impact = impact
        self.undo = undo
        self.wayBack = wayBack
    }
}
