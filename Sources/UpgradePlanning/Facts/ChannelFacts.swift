/// What NixOS would bring to each node: from a flake, a channel, a built closure, or just a version.
public struct ChannelFacts: Codable, Hashable, Sendable {
    public enum Source: Codable, Hashable, Sendable {
        /// A flake reference, with the input that was overridden, if one was.
        case flake(reference: String, override: String?)
        /// A nixpkgs path or channel name.
        case channel(String)
        /// A built system closure, for the nodes that it was named for.
        case closure(StorePath)
        /// Only the operator's word.
        case version(Version)
    }

    /// A pin that carries a minor which the channel skips.
    public struct Bridge: Codable, Hashable, Sendable {
        /// The minor the cluster file promises.
        public var minor: MinorRelease
        /// What to override nixpkgs with.
        public var reference: String
        public var offers: [NodeName: Observed<NodeOffer>]

        public init(minor: MinorRelease, reference: String, offers: [NodeName: Observed<NodeOffer>]) {
            self.minor = minor
            self.reference = reference
            self.offers = offers
        }
    }

    /// What stands for a flake's reference where a command builds without one.
    public static let buildCommand = "channel.build"

    public var source: Source
    public var offers: [NodeName: Observed<NodeOffer>]
    /// Ordered by minor.
    public var bridges: [Bridge]
    /// The flake's input that stands for nixpkgs; `nil` where nobody said: `nixpkgs`.
    public var input: String?

    public init(source: Source, offers: [NodeName: Observed<NodeOffer>], bridges: [Bridge]) {
        self.source = source
        self.offers = offers
        self.bridges = bridges.sorted { $0.minor < $1.minor }
    }
}

extension ChannelFacts {
    /// What brings something newer from where this came, as commands; none where that is the operator's word.
    var newerOffers: [String] {
        switch source {
        case .flake(let reference, nil) where reference.hasPrefix("/"):
            ["(cd \(Paste.word(reference)) && nix flake update)"]
        case .flake(_, nil): ["nix flake update  # where the flake is"]
        case .channel: ["nix-channel --update"]
        case .flake(_, _?), .closure, .version: []
        }
    }
}

/// The versions one node would have.
public struct NodeOffer: Codable, Hashable, Sendable {
    public var kubernetes: Version
    /// `nil` where the node would run no etcd, or nobody could say.
    public var etcd: Version?
    public var containerd: Version?
    public var kernel: String?
    public var nixos: String?
    /// The closure, where it is known: evaluated or built.
    public var toplevel: StorePath?
    /// What is in it, where it was read or evaluated.
    public var closure: ClosureFacts?
    /// What the nixpkgs has that the module comes from; differs where the package is pinned. `nil` where not asked.
    public var moduleKubernetes: Version?
    /// `boot.initrd.network.ssh.enable`: a passphrase can be given from afar. `nil` where not asked.
    public var unlocksBySSH: Bool?
    /// `system.configurationRevision`: of the flake that gives this; `nil` where the configuration does not record it.
    public var revision: String?
    /// The Nix on the planning host that evaluated this; `nil` where none did.
    public var nix: Version?

    public init(
        kubernetes: Version, etcd: Version? = nil, containerd: Version? = nil, kernel: String? = nil,
        nixos: String? = nil, toplevel: StorePath? = nil, closure: ClosureFacts? = nil
    ) {
        self.kubernetes = kubernetes
        self.etcd = etcd
        self.containerd = containerd
        self.kernel = kernel
        self.nixos = nixos
        self.toplevel = toplevel
        self.closure = closure
    }
}
