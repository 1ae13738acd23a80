/// How to reach one node: what the cluster file says of it.
public struct NodeEndpoint: Sendable, Hashable {
    /// How a login becomes root.
    public enum Become: String, Sendable, Hashable, CaseIterable, Codable {
        /// The login is root already, or root is not needed.
        case none
        /// `sudo -n`: never asks for a password; a sudo that would is an error of its own.
        case sudo
        /// `run0`, systemd's own.
        case run0
    }

    /// The name of the node, for people and errors.
    public var name: String
    /// Names or addresses as OpenSSH takes them, best first; ``localAddress`` for the host this program runs on.
    public var addresses: [String]
    /// The login; `nil` leaves it to the user's OpenSSH configuration.
    public var user: String?
    public var become: Become

    public init(name: String, addresses: [String], user: String? = nil, become: Become = .none) {
        self.name = name
        self.addresses = addresses
        self.user = user
        self.become = become
    }

    /// The address that means: this host, without ssh.
    public static let localAddress = "local"

    var isLocal: Bool { addresses == [Self.localAddress] }
}

/// How OpenSSH is started. Everything else is the user's own configuration, agent and known_hosts.
public struct SSHSettings: Sendable, Hashable {
    /// A configuration file instead of the user's (`ssh -F`).
    public var configFile: String?
    /// How long one address may take to connect and log in.
    public var connectTimeout: Duration
    /// How long an address may stay silent before the next one is tried beside it.
    public var patience: Duration

    public init(configFile: String? = nil, connectTimeout: Duration = .seconds(5), patience: Duration = .seconds(2)) {
        self.configFile = configFile
        self.connectTimeout = connectTimeout
        self.patience = patience
    }
}
