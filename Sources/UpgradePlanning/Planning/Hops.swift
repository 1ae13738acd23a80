/// The legal chain of minors from what runs to what is asked for.
///
/// "Skipping minor versions when upgrading … is not supported", also for a single apiserver (version skew policy,
/// kube-apiserver). A channel that skips a minor is bridged by a pin of the cluster file.
enum Hops {
    /// The minors to go through, each with what carries it.
    enum Stop: Hashable, Sendable {
        case leg(MinorRelease, Leg)
        /// No pin carries this minor: the way ends before it.
        case missing(MinorRelease)
    }

    /// - Parameters:
    ///   - lowest: the oldest minor that an apiserver runs.
    ///   - target: what the channel offers.
    ///   - catchUp: components are so far behind that the first minor above `lowest` would leave them behind for good.
    static func chain(
        from lowest: MinorRelease, to target: MinorRelease, bridges: [ChannelFacts.Bridge], catchUp: CatchUp
    ) -> [Stop] {
        guard lowest < target, lowest.major == target.major else { return [.leg(target, .channel)] }
        let byMinor = Dictionary(bridges.map { ($0.minor, $0) }) { first, _ in first }
        var stops: [Stop] = []
        // "Upgrade to the latest patch first": a pin for the running minor is taken where there is one.
        if let bridge = byMinor[lowest] {
            stops.append(.leg(lowest, .bridge(bridge)))
        } else if catchUp == .needed {
            return [.missing(lowest)]
        }
        var minor = lowest.next
        while minor < target {
            guard let bridge = byMinor[minor] else { return stops + [.missing(minor)] }
            stops.append(.leg(minor, .bridge(bridge)))
            minor = minor.next
        }
        return stops + [.leg(target, .channel)]
    }

    /// Whether lagging components must be moved to the running minor before any apiserver moves on.
    enum CatchUp: Hashable, Sendable {
        case needed, notNeeded

        static func judge(_ state: ClusterState, lowest: MinorRelease) -> CatchUp {
            let next = lowest.next
            let isBehind = state.nodes.values.contains { node in
                let clients: [(Component, Int?)] = [
                    (.kubelet, node.minor(.kubelet).map(Skew.nodeLimit)),
                    (.proxy, node.minor(.proxy).map(Skew.nodeLimit)),
                    (.controllerManager, 1), (.scheduler, 1),
                ]
                return clients.contains { component, limit in
                    guard let limit, let minor = node.minor(component), let behind = next.minorsAhead(of: minor) else {
                        return false
                    }
                    return behind > limit
                }
            }
            return isBehind ? .needed : .notNeeded
        }
    }
}
