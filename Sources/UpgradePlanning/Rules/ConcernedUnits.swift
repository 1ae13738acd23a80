/// Which of a host's units Kubernetes stands on: when none of them is touched, the cluster notices nothing.
enum ConcernedUnits {
    /// The module's own units, and what carries the network between nodes.
    static func concern(_ unit: String) -> Bool {
        let name = unit.split(separator: ".").first.map(String.init) ?? unit
        return exact.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }

    /// While it restarts, members of etcd cannot hear each other.
    static func carriesNetwork(_ unit: String) -> Bool {
        let name = unit.split(separator: ".").first.map(String.init) ?? unit
        return network.contains(name) || networkPrefixes.contains { name.hasPrefix($0) }
    }

    private static let networkPrefixes = ["wireguard-", "wg-quick-", "network-addresses-", "network-link-"]
    private static let network: Set<String> = [
        "tailscaled", "systemd-networkd", "NetworkManager", "dhcpcd", "network-setup", "firewall", "nftables",
        "iptables", "wireguard",
    ]

    /// `wireguard-wg0`, `wg-quick-wg0`, `network-addresses-eth0`.
    private static let prefixes = ["kube-", "wireguard-", "wg-quick-", "network-addresses-", "network-link-"]

    private static let exact: Set<String> = [
        "etcd", "kubelet", "containerd", "flannel", "certmgr", "cfssl", "kubernetes", "tailscaled", "systemd-networkd",
        "systemd-resolved", "NetworkManager", "dhcpcd", "network-setup", "firewall", "nftables",
        "iptables", "wireguard", "haproxy", "keepalived", "dbus", "dbus-broker",
    ]
}
