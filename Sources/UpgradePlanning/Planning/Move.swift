public import Plans

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

extension Move {
    /// The activation restarts a component's unit. Where pods must leave, all of them do: their programs move, or the host
    /// boots.
    func restarts(_ component: Component) -> Bool {
        guard before.components.contains(component) else { return false }
        return impact.restarts(unit: component.unit)
    }

    /// Its member of etcd is away for a moment: restarted, out of the others' hearing, or with a certificate that certmgr
    /// makes anew as it starts.
    var disturbsEtcd: Bool { before.components.contains(.etcd) && impact.disturbsEtcd }

    /// It brings another Kubernetes, or an addon manager that applies its addons anew.
    var changesKubernetes: Bool {
        before.kubernetesVersions.contains { !$0.isSameRelease(as: offer.kubernetes) }
            || impact.touches
                && ImpactRule.comparison(of: offer, with: before)?.touched.contains("kube-addon-manager.service")
                    ?? true
    }
}

extension Impact {
    /// On a host with a member of etcd: it is away for a moment.
    public var disturbsEtcd: Bool {
        switch self {
        case .none, .untouched: false
        case .restarts(let units):
            units.contains { $0 == Component.etcd.unit || $0 == "certmgr.service" || ConcernedUnits.carriesNetwork($0) }
        case .drain, .reboot: true
        }
    }

    func restarts(unit: String) -> Bool {
        switch self {
        case .none, .untouched: false
        case .restarts(let units): units.contains(unit)
        case .drain, .reboot: true
        }
    }
}

/// The moves of one hop, in order.
struct HopMoves: Sendable {
    let hop: Hop
    let moves: [Move]
}
