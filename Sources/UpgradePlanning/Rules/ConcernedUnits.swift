/// Which of a host's units Kubernetes stands on: when none of them is touched, the cluster notices nothing.
enum ConcernedUnits {
    /// The module's own units, and what carries the network between nodes.
    static func concern(_ unit: String) -> Bool {
        let name = unit.split(separator: ".").first.map(String.init) ?? unit
        return exact.contains(name) || name.hasPrefix("kube-")
    }

    private static let exact: Set<String> = [
        "etcd", "kubelet", "containerd", "flannel", "certmgr", "cfssl", "kubernetes", "tailscaled", "systemd-networkd",
        "systemd-resolved", "NetworkManager", "dhcpcd", "network-setup", "network-addresses", "firewall", "nftables",
        "iptables", "wireguard", "haproxy", "keepalived", "dbus", "dbus-broker",
    ]
}
