import Plans

/// The whole way: hop after hop, as far as it is legal and known, and why it ends where it ends.
struct Route: Sendable {
    /// Why the way ends before its target.
    enum Obstacle: Hashable, Sendable {
        /// No pin carries this minor.
        case missingBridge(MinorRelease)
        /// The pin does not bring a node what it promises.
        case brokenBridge(ChannelFacts.Bridge, node: NodeName)
        /// The hop would move Kubernetes and a minor of etcd at once.
        case etcdMovesToo(hop: MinorRelease, from: MinorRelease, to: MinorRelease)
        /// The hop would skip a minor of etcd.
        case etcdSkips(from: MinorRelease, to: MinorRelease)
        /// The nodes are not offered one minor, or one of them an older version than it runs.
        case noTarget
    }

    let hops: [HopMoves]
    let obstacle: Obstacle?
    /// What the channel offers; `nil` where the nodes differ or nobody was offered anything.
    let target: MinorRelease?
    /// The oldest minor of an apiserver now.
    let lowest: MinorRelease?
    /// What runs at the end of the hops.
    let end: ClusterState
    /// What runs once the first hop is done; what runs now when there is none.
    let afterFirstHop: ClusterState

    /// Of all hops, in their order.
    let moves: [Move]
}

/// Walks the chain of minors with the state of the cluster in hand.
struct RoutePlanner {
    let channel: ChannelFacts
    private var state: ClusterState
    private var wayBack = WayBack.free
    private var hops: [HopMoves] = []
    private var afterFirst: ClusterState
    private let takesOlderPatches: Bool

    init(channel: ChannelFacts, state: ClusterState, takesOlderPatches: Bool = false) {
        self.takesOlderPatches = takesOlderPatches
        self.channel = channel
        self.state = state
        afterFirst = state
    }

    mutating func plan() -> Route {
        let lowest = state.apiServers?.lowerBound
        let offered = channel.offers.values.compactMap(\.value)
        let minors = Set(offered.map(\.kubernetes.minorRelease))
        guard let target = minors.first, minors.count == 1, let lowest, downgrades().isEmpty else {
            return route(.noTarget, target: minors.count == 1 ? minors.first : nil, lowest: lowest)
        }
        let catchUp = Hops.CatchUp.judge(state, lowest: lowest)
        let chain = Hops.chain(from: lowest, to: target, bridges: channel.bridges, catchUp: catchUp)
        for stop in chain {
            switch stop {
            case .missing(let minor): return route(.missingBridge(minor), target: target, lowest: lowest)
            case .leg(let minor, let leg):
                if let obstacle = go(to: minor, leg) { return route(obstacle, target: target, lowest: lowest) }
            }
        }
        return route(nil, target: target, lowest: lowest)
    }

    /// Nodes that run a later release of Kubernetes or a later minor of etcd than they are offered.
    private func downgrades() -> [NodeName] {
        channel.offers.keys.filter { name in
            guard let offer = channel.offers[name]?.value, let node = state[name] else { return false }
            return Downgrade.of(node, by: offer, takesOlderPatches: takesOlderPatches) != nil
        }
    }

    /// Performs one leg on the state; returns why it cannot be gone.
    private mutating func go(to minor: MinorRelease, _ leg: Leg) -> Route.Obstacle? {
        var offers: [NodeName: NodeOffer] = [:]
        for name in channel.offers.keys.sorted() {
            guard let node = state[name], isDue(node, minor, leg, leg.offers(in: channel)[name]?.value) else {
                continue
            }
            if let offer = leg.offers(in: channel)[name]?.value, offer.kubernetes.minorRelease == minor {
                offers[name] = offer
            } else if case .bridge(let bridge) = leg {
                return .brokenBridge(bridge, node: name)
            }
        }
        guard !offers.isEmpty else { return nil }
        let kind: Hop.Kind
        switch etcdVerdict(offers, minor) {
        case .success(let found): kind = found
        case .failure(let stop): return stop.obstacle
        }
        let hop = Hop(kind: kind, minor: minor, leg: leg)
        var planner = HopPlanner(hop: hop, offers: offers, state: state, wayBack: wayBack)
        let planned = planner.plan()
        guard !planned.moves.isEmpty else { return nil }
        if hops.isEmpty { afterFirst = planner.state }
        hops.append(planned)
        state = planner.state
        wayBack = planner.wayBack
        return nil
    }

    /// A bridge moves what is behind its minor, or behind its patch within that minor; the channel moves what differs
    /// from it.
    private func isDue(_ node: NodeState, _ minor: MinorRelease, _ leg: Leg, _ offer: NodeOffer?) -> Bool {
        switch leg {
        case .channel:
            return offer.map { ImpactRule.differs($0, from: node) } ?? false
        case .bridge:
            let versions = node.kubernetesVersions
            if versions.contains(where: { $0.minorRelease < minor }) { return true }
            guard let offer, offer.kubernetes.minorRelease == minor else { return false }
            return versions.contains { $0.isOlderRelease(than: offer.kubernetes) }
                && !versions.contains { offer.kubernetes.isOlderRelease(than: $0) }
        }
    }

    private struct Stop: Error { let obstacle: Route.Obstacle }

    /// Whether the hop moves Kubernetes or etcd; never both, never etcd by more than one minor.
    private func etcdVerdict(_ offers: [NodeName: NodeOffer], _ minor: MinorRelease) -> Result<Hop.Kind, Stop> {
        let steps = offers.keys.sorted().compactMap { name -> (MinorRelease, MinorRelease)? in
            guard let node = state[name], let old = node.running[.etcd]?.minorRelease,
                let new = offers[name]?.etcd?.minorRelease, old != new
            else { return nil }
            return (old, new)
        }
        // The worst of them speaks: one that skips, else the one that starts lowest.
        let illegal = steps.filter { !EtcdRules.isLegalStep(from: $0.0, to: $0.1) }
        guard let (old, new) = (illegal.isEmpty ? steps : illegal).min(by: { $0.0 < $1.0 }) else {
            return .success(.kubernetes)
        }
        let movesKubernetes = offers.contains { name, offer in
            state[name]?.kubernetesVersions.contains { !$0.isSameRelease(as: offer.kubernetes) } ?? false
        }
        // Back goes none: the pin is what helps, as beside a move of Kubernetes.
        guard EtcdRules.isLegalStep(from: old, to: new) || new < old else {
            return .failure(Stop(obstacle: .etcdSkips(from: old, to: new)))
        }
        if movesKubernetes || new < old {
            return .failure(Stop(obstacle: .etcdMovesToo(hop: minor, from: old, to: new)))
        }
        return .success(.etcd(new))
    }

    private func route(_ obstacle: Route.Obstacle?, target: MinorRelease?, lowest: MinorRelease?) -> Route {
        Route(
            hops: hops, obstacle: obstacle, target: target, lowest: lowest, end: state, afterFirstHop: afterFirst,
            moves: hops.flatMap(\.moves))
    }
}

/// A node that would get something older than it runs.
struct Downgrade: Hashable {
    let component: Component
    let from: Version
    let to: Version

    static func of(_ node: NodeState, by offer: NodeOffer, takesOlderPatches: Bool) -> Downgrade? {
        let kubernetes = Component.allCases.filter(\.isKubernetes).flatMap { component in
            [node.running[component], node.installed[component]].compactMap { $0 }.map { (component, $0) }
        }
        let newer = kubernetes.filter { component, version in
            takesOlderPatches
                ? offer.kubernetes.minorRelease < version.minorRelease : offer.kubernetes.isOlderRelease(than: version)
        }
        if let newest = newer.max(by: { $0.1 < $1.1 }) {
            return Downgrade(component: newest.0, from: newest.1, to: offer.kubernetes)
        }
        guard let old = node.running[.etcd], let new = offer.etcd, new.minorRelease < old.minorRelease else {
            return nil
        }
        return Downgrade(component: .etcd, from: old, to: new)
    }
}
