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
            "systemctl stop \(Self.units)",
            "mv /var/lib/cfssl /var/lib/cfssl.before; mv /var/lib/kubernetes/secrets /var/lib/kubernetes/secrets.before",
            "cp -a opened/nodes/\(host.name)/. /", "mv \(folder) \(folder).before",
        ] + restore(folder) + ["chown -R etcd: \(folder)"]
    }

    private func restore(_ folder: String) -> [String] {
        guard let etcd else { return ["# this archive holds no snapshot of etcd"] }
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
        return lines
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
