public import UpgradePlanning

/// Which files of a node a rebuilt host needs: pure, from what its units say.
///
/// What the module puts back by itself is left out: kubeconfigs and unit files are of the store, `/run` of each boot, and
/// the kubelet's folder of its pods.
public struct NodeFileList: Sendable {
    /// Folders that are taken whole where they exist: the CA and its token, the module's secrets, the numbers of users,
    /// the node's place in the tailnet.
    public static let folders = [
        "/var/lib/cfssl", "/var/lib/kubernetes/secrets", "/var/lib/nixos", "/var/lib/tailscale",
    ]
    /// Files that make a host the one it was, where they exist.
    public static let identity =
        ["/etc/machine-id", "/etc/nixos/hardware-configuration.nix"]
        + ["ed25519", "rsa", "ecdsa"].flatMap { ["/etc/ssh/ssh_host_\($0)_key", "/etc/ssh/ssh_host_\($0)_key.pub"] }

    /// Of the units: files to take.
    public let files: [String]
    /// Files that a secret store (agenix, sops) puts into `/run`.
    public let named: [String]
    public let needed: [String]
    public let pairs: [Manifest.Node.Pair]
    /// Certificates and keys that something of the host uses.
    public let used: [String]
    public let encryption: [String]
    /// Of them, those that lie where no boot or rebuild needs them from an archive, and that only say what the data needs to be
    /// read: they are taken by content, whatever links lead to them.
    public let contents: [String]

    /// All that command lines name, whether it is taken or not.
    let unitPaths: [String]

    public init(_ host: HostFacts) {
        let lines = host.units.compactMap(\.commandLine)
        unitPaths = lines.flatMap(Self.paths)
        let paths = Set(unitPaths).union(host.pki.map(\.path))
        named = paths.filter { $0.hasPrefix("/run/") }.sorted()
        files = paths.filter(Self.isKept).sorted()
        encryption = Set(lines.compactMap { $0.value(of: "--encryption-provider-config") })
            .filter { Self.isKept($0) || Self.isBrought($0) }.sorted()
        contents = encryption.filter { !Self.isKept($0) }
        needed = Self.needed(host, lines).filter(Self.isKept)
        pairs = Self.pairs(host, lines)
        used = host.pki.filter { !$0.usedBy.isEmpty }.map(\.path).sorted()
    }

    private static func paths(of line: CommandLineFacts) -> [String] {
        let values = line.flags.values.compactMap { $0 } + Array(line.environment.values)
        return values.flatMap { $0.split(separator: ",") }.map { file(String($0)) }.filter { $0.hasPrefix("/") }
    }

    /// cfssl says `file:` before a path.
    private static func file(_ value: String) -> String {
        value.hasPrefix("file:") ? String(value.dropFirst("file:".count)) : value
    }

    /// A secret store brings it at each boot, or a rebuild.
    public static func isBrought(_ path: String) -> Bool {
        (path.hasPrefix("/run/") || path.hasPrefix("/nix/store/")) && !path.utf8.contains(10)
    }

    /// Not what NixOS makes, what a boot makes, or what etcd and the kubelet keep their data in.
    private static func isKept(_ path: String) -> Bool {
        path.hasPrefix("/") && path.utf8.count > 1 && !path.utf8.contains(10)
            && !leftOut.contains { path.hasPrefix($0) }
    }

    private static let leftOut = [
        "/nix/store/", "/run/", "/var/run/", "/dev/", "/proc/", "/sys/", "/tmp/", "/var/lib/kubelet/", "/var/lib/etcd/",
        "/var/lib/containerd", "/opt/cni", "/etc/cni", "/var/log/",
    ]

    private static let authorityFlags = [
        "--service-account-signing-key-file", "--service-account-key-file", "--client-ca-file",
        "--encryption-provider-config",
    ]

    private static func needed(_ host: HostFacts, _ lines: [CommandLineFacts]) -> [String] {
        guard let server = host.unit(Component.apiServer.unit)?.commandLine else { return [] }
        var paths = Set(authorityFlags.compactMap { server.value(of: $0) })
        if let cfssl = host.unit("cfssl.service") {
            for (flag, usual) in [("-ca", "ca.pem"), ("-ca-key", "ca-key.pem")] {
                paths.insert(cfssl.commandLine?.value(of: flag).map(file) ?? "/var/lib/cfssl/\(usual)")
            }
        }
        return paths.sorted()
    }

    /// Flags and variables of a key, and of the certificate that is used with it.
    private static let pairFlags = [
        ("--tls-private-key-file", "--tls-cert-file"), ("--kubelet-client-key", "--kubelet-client-certificate"),
        ("--etcd-keyfile", "--etcd-certfile"), ("--proxy-client-key-file", "--proxy-client-cert-file"),
        ("--cluster-signing-key-file", "--cluster-signing-cert-file"), ("-ca-key", "-ca"),
        ("ETCD_KEY_FILE", "ETCD_CERT_FILE"), ("ETCD_PEER_KEY_FILE", "ETCD_PEER_CERT_FILE"),
    ]

    /// Keys with the certificate that a unit uses with them, else with the one that stands beside them by the usual names.
    private static func pairs(_ host: HostFacts, _ lines: [CommandLineFacts]) -> [Manifest.Node.Pair] {
        let certificates = Set(host.pki.filter { $0.kind == .certificate }.map(\.path)).filter(isKept)
        let told = lines.flatMap { line in
            pairFlags.compactMap { key, certificate -> (String, String)? in
                func path(_ name: String) -> String? { (line.value(of: name) ?? line.environment[name]).map(file) }
                guard let key = path(key), let certificate = path(certificate) else { return nil }
                return (key, certificate)
            }
        }
        let used = Dictionary(told.filter { certificates.contains($0.1) }) { first, _ in first }
        return host.pki.filter { $0.kind == .privateKey && isKept($0.path) }.compactMap { key in
            (used[key.path] ?? siblings(of: key.path).first { certificates.contains($0) })
                .map { Manifest.Node.Pair(key: key.path, certificate: $0) }
        }.sorted { $0.key < $1.key }
    }

    private static func siblings(of key: String) -> [String] {
        if key.hasSuffix("-key.pem") { return [String(key.dropLast("-key.pem".count)) + ".pem"] }
        guard key.hasSuffix(".key") else { return [] }
        return [".crt", ".pem", ".cert"].map { key.dropLast(".key".count) + $0 }
    }
}
