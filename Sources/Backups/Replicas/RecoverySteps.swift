import UpgradePlanning

/// The commands that put one etcd host back by hand.
struct RecoverySteps {
    let host: RecoveryBook.Host
    /// `nil` in an archive without etcd.
    let etcd: Manifest.Etcd?

    /// In the order in which NixOS's units depend on each other, last first.
    private static let units =
        "kubelet kube-proxy flannel kube-scheduler kube-controller-manager kube-apiserver certmgr cfssl etcd"

    var lines: [String] {
        let folder = host.dataFolder ?? "/var/lib/etcd"
        return [
            "systemctl stop kube-addon-manager 2>/dev/null || true", "systemctl stop \(Self.units)",
            "[ ! -e /var/lib/cfssl ] || mv -T /var/lib/cfssl /var/lib/cfssl.before",
            "[ ! -e /var/lib/kubernetes/secrets ] || mv -T /var/lib/kubernetes/secrets /var/lib/kubernetes/secrets.before",
            "tar -C opened/nodes/\(host.name) -c . | tar -C / -x --no-overwrite-dir",
        ] + restore(folder)
    }

    private func restore(_ folder: String) -> [String] {
        guard let etcd else { return ["# the archive does not say which members etcd had: see etcd's unit for them"] }
        let peers = etcd.members.filter { !$0.isLearner }.flatMap { member in
            member.peerURLs.map { "\(member.name)=\($0)" }
        }
        let own = etcd.members.first { $0.name == host.etcdName ?? host.name.text }
        var lines = [
            "\(program(etcd.version)) snapshot restore opened/etcd/snapshot.db --data-dir \(folder) \\",
            "  --name \(own?.name ?? host.name.text) --initial-cluster \(peers.joined(separator: ",")) \\",
            "  --initial-advertise-peer-urls \(own?.peerURLs.joined(separator: ",") ?? "URL") \\",
            "  --initial-cluster-token restored-\(etcd.clusterID)",
        ]
        if canBump(etcd.version) { lines[3] += " --bump-revision 1000000000 --mark-compacted" }
        return ["mv -T \(folder) \(folder).before"] + lines + ["chown -R etcd: \(folder)"]
    }

    /// etcdutl came with 3.5; etcdctl lost `snapshot restore` with 3.6.
    private func program(_ version: Version) -> String {
        version < Version(3, 5, 0) ? "ETCDCTL_API=3 etcdctl" : "etcdutl"
    }

    /// Since 3.4.27, 3.5.10 and 3.6.
    private func canBump(_ version: Version) -> Bool {
        let first = version < Version(3, 5, 0) ? (4, 27) : (5, 10)
        return version >= Version(3, first.0, first.1)
    }
}
