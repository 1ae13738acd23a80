import Plans

/// One node gets one system, all of its components at once: there is no other way on NixOS.
struct Move: Sendable {
    let hop: Hop
    let node: NodeName
    let offer: NodeOffer
    let before: NodeState
    let impact: Impact
    /// How the cluster gets back once the new system is active.
    let wayBack: WayBack
    /// The activation itself loses the free way back, so the boot loader must know the new system before.
    let losesWayBack: Bool
    /// Skew rules that this move would break and nothing can prevent.
    let broken: [NodeViolation]
    /// Controller-manager and scheduler here are kept stopped until the last apiserver has moved.
    let parksControllers: Bool
    /// Nodes whose controllers may run again after this move.
    let unparks: [NodeName]
    /// etcd's leadership goes there first.
    let newLeader: LeaderTarget?
}

/// The moves of one hop, in order.
struct HopMoves: Sendable {
    let hop: Hop
    let moves: [Move]
}
