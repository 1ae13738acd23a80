/// A unit's program with its flags and environment, fit to be stored and shown.
///
/// A flag or variable that is not on the lists below keeps its name and loses its value: a token on a command line never
/// gets into facts, whoever put it there. There is no way to make a value of this type that holds more.
public struct CommandLineFacts: Hashable, Sendable {
    public let executable: String
    /// Flag name with its dashes to value; `nil` value for a flag without one, or whose value is not kept.
    public let flags: [String: String?]
    /// Variable name to value, known harmless ones only.
    public let environment: [String: String]

    /// From the arguments after the program (`--flag=value`, or `--flag value`) and the unit's environment.
    public init(executable: String, arguments: [String], environment: [String: String]) {
        self.executable = executable
        self.environment = environment.filter { Self.keptVariables.contains($0.key) }
        flags = Self.parse(arguments)
    }

    /// The value of a flag that is kept; `nil` when the flag is absent, bare, or its value is not kept.
    public func value(of flag: String) -> String? { flags[flag] ?? nil }

    private static func parse(_ arguments: [String]) -> [String: String?] {
        var flags: [String: String?] = [:]
        var index = arguments.startIndex
        while index < arguments.endIndex {
            let argument = arguments[index]
            index += 1
            guard argument.hasPrefix("-") else { continue }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            var value = parts.count == 2 ? String(parts[1]) : nil
            if value == nil, index < arguments.endIndex, !arguments[index].hasPrefix("-") {
                value = arguments[index]
                index += 1
            }
            flags[name] = .some(keptFlags.contains(name) ? value : nil)
        }
        return flags
    }

    /// Flags whose values are addresses, paths, names, numbers or switches.
    static let keptFlags: Set<String> = [
        // cfssl's: names of files, or of variables.
        "-ca", "-ca-key",
        "--admission-control-config-file", "--advertise-address", "--allow-privileged", "--api-audiences",
        "--audit-policy-file", "--authentication-kubeconfig", "--authentication-token-webhook-config-file",
        "--authorization-kubeconfig", "--authorization-mode", "--authorization-policy-file",
        "--authorization-webhook-config-file", "--bind-address", "--cert-dir", "--client-ca-file", "--cluster-cidr",
        "--cluster-dns", "--cluster-domain", "--cluster-signing-cert-file", "--cluster-signing-key-file", "--config",
        "--container-runtime", "--container-runtime-endpoint", "--data-dir", "--disable-admission-plugins",
        "--emulated-version",
        "--enable-admission-plugins", "--encryption-provider-config", "--etcd-cafile", "--etcd-certfile",
        "--etcd-keyfile", "--etcd-prefix", "--etcd-servers", "--feature-gates", "--healthz-bind-address",
        "--healthz-port", "--hostname-override", "--insecure-port", "--kubeconfig", "--kubelet-certificate-authority",
        "--kubelet-client-certificate", "--kubelet-client-key", "--leader-elect", "--master", "--network-plugin",
        "--node-ip", "--pod-infra-container-image", "--port", "--proxy-client-cert-file", "--proxy-client-key-file",
        "--read-only-port", "--register-node", "--register-with-taints", "--requestheader-client-ca-file",
        "--root-ca-file", "--root-dir", "--runtime-config", "--secure-port", "--service-account-issuer",
        "--service-account-key-file", "--service-account-lookup", "--service-account-private-key-file",
        "--service-account-signing-key-file", "--service-cluster-ip-range", "--service-node-port-range",
        "--storage-backend", "--tls-cert-file", "--tls-private-key-file", "--token-auth-file",
        "--use-service-account-credentials", "--v", "--wal-dir",
    ]

    /// Variables of etcd's unit that say where it listens and where its files are.
    static let keptVariables: Set<String> = [
        "ETCD_ADVERTISE_CLIENT_URLS", "ETCD_CERT_FILE", "ETCD_CLIENT_CERT_AUTH", "ETCD_DATA_DIR",
        "ETCD_INITIAL_ADVERTISE_PEER_URLS", "ETCD_INITIAL_CLUSTER", "ETCD_INITIAL_CLUSTER_STATE", "ETCD_KEY_FILE",
        "ETCD_LISTEN_CLIENT_URLS", "ETCD_LISTEN_METRICS_URLS", "ETCD_LISTEN_PEER_URLS", "ETCD_NAME",
        "ETCD_PEER_CERT_FILE", "ETCD_PEER_CLIENT_CERT_AUTH", "ETCD_PEER_KEY_FILE", "ETCD_PEER_TRUSTED_CA_FILE",
        "ETCD_QUOTA_BACKEND_BYTES", "ETCD_TRUSTED_CA_FILE", "ETCD_WAL_DIR",
    ]
}

extension CommandLineFacts: Codable {
    private enum Key: String, CodingKey { case executable, flags, environment }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let flags = try container.decode([String: String?].self, forKey: .flags)
        self.init(
            executable: try container.decode(String.self, forKey: .executable),
            arguments: flags.map { name, value in value.map { "\(name)=\($0)" } ?? name },
            environment: try container.decode([String: String].self, forKey: .environment))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(executable, forKey: .executable)
        try container.encode(flags, forKey: .flags)
        try container.encode(environment, forKey: .environment)
    }
}
