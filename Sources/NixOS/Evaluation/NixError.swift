/// Why Nix did not say what a node would get.
public struct NixError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        /// This host has no `nix` program.
        case noNix
        /// Nix found an error in the configuration; `message` has its words and the attribute.
        case evaluation
        /// The configuration has no such host.
        case noSuchHost
        /// The host's configuration does not use `services.kubernetes`.
        case noModule
        /// The limit passed.
        case timedOut
        /// Nix printed something that is not what was asked for.
        case malformed
        /// There is no such closure, or it has no Kubernetes units.
        case noClosure
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

/// What one node would run, as Nix says it; `nil` where the configuration does not have it.
public struct NixOffer: Sendable, Hashable {
    public var kubernetes: String
    public var etcd: String?
    public var containerd: String?
    public var kernel: String?
    public var nixos: String?
    public var toplevel: String?
    /// What was read of the closure, or evaluated of it.
    public var closure: Closure?
    /// The closure is built and was read, not only evaluated.
    public var isBuilt = false
    /// Of the nixpkgs whose module writes the units; this and the next two are known from an evaluation only.
    public var moduleKubernetes: String?
    /// `boot.initrd.network.ssh.enable`.
    public var unlocksBySSH: Bool?
    /// `system.configurationRevision`.
    public var revision: String?
    /// The Nix that evaluated it.
    public var nix: String?

    public init(
        kubernetes: String, etcd: String? = nil, containerd: String? = nil, kernel: String? = nil,
        nixos: String? = nil, toplevel: String? = nil
    ) {
        self.kubernetes = kubernetes
        self.etcd = etcd
        self.containerd = containerd
        self.kernel = kernel
        self.nixos = nixos
        self.toplevel = toplevel
    }
}
