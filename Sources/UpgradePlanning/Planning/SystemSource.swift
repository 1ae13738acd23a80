import Plans

/// Where NixOS is taken from, in the two texts that a build needs.
struct SystemSource: Hashable, Sendable {
    /// A flake reference, a channel, a store path, or a version that nobody can build.
    let reference: String
    /// What nixpkgs is overridden with.
    let override: String?

    init(_ leg: Leg, _ channel: ChannelFacts) {
        let (base, own): (String, String?) =
            switch channel.source {
            case .flake(let reference, let override): (reference, override)
            case .channel(let name): (name, nil)
            case .closure(let path): (path.text, nil)
            case .version(let version): ("version \(version)", nil)
            }
        switch leg {
        case .channel: (reference, override) = (base, own)
        case .bridge(let bridge): (reference, override) = (base, bridge.reference)
        }
    }

    /// What is new about it: the override where there is one.
    var description: String { override ?? reference }

    func target(_ offer: NodeOffer) -> SystemTarget {
        SystemTarget(
            source: reference, override: override, kubernetes: offer.kubernetes.description,
            etcd: offer.etcd?.description, containerd: offer.containerd?.description, kernel: offer.kernel,
            nixos: offer.nixos, toplevel: offer.toplevel?.text)
    }
}
