/// The NixOS system that a node gets: where it comes from, and what it brings.
public struct SystemTarget: Codable, Hashable, Sendable {
    /// What NixOS is taken from: a flake reference, a channel, a closure.
    public var source: String
    /// What the flake's nixpkgs is overridden with; `nil` where it is taken as it is.
    public var override: String?
    public var kubernetes: String
    /// `nil` where the node runs none, or nobody could say.
    public var etcd: String?
    public var containerd: String?
    public var kernel: String?
    public var nixos: String?
    /// The system's store path, where it is known before it is built.
    public var toplevel: String?

    public init(
        source: String, override: String? = nil, kubernetes: String, etcd: String? = nil, containerd: String? = nil,
        kernel: String? = nil, nixos: String? = nil, toplevel: String? = nil
    ) {
        self.source = source
        self.override = override
        self.kubernetes = kubernetes
        self.etcd = etcd
        self.containerd = containerd
        self.kernel = kernel
        self.nixos = nixos
        self.toplevel = toplevel
    }
}
