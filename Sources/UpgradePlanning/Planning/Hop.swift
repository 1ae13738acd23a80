/// One legal step: every node that is behind gets the next minor, or the rebuild at the end of the way.
struct Hop: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Kubernetes moves, or only what lies around it.
        case kubernetes
        /// etcd moves by a minor, and Kubernetes does not.
        case etcd(MinorRelease)
    }

    var kind: Kind
    /// The minor of Kubernetes that its nodes run afterwards.
    var minor: MinorRelease
    var leg: Leg

    /// As in the ids of stages: `1.21`, `etcd-3.5`.
    var id: String {
        switch kind {
        case .kubernetes: minor.description
        case .etcd(let minor): "etcd-\(minor)"
        }
    }
}

/// Where the systems of one hop come from.
enum Leg: Hashable, Sendable {
    /// What the user asked for: the end of the way.
    case channel
    /// A pin of the cluster file, for a minor that the channel skips.
    case bridge(ChannelFacts.Bridge)

    func offers(in channel: ChannelFacts) -> [NodeName: Observed<NodeOffer>] {
        switch self {
        case .channel: channel.offers
        case .bridge(let bridge): bridge.offers
        }
    }

    var isBridge: Bool {
        switch self {
        case .channel: false
        case .bridge: true
        }
    }
}
