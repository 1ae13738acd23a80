import Terminal
import UpgradePlanning

/// The status screen, 80 columns wide.
struct StatusView {
    let status: ClusterStatus
    let style: Style
    var same = SameOptions()

    func text() -> String {
        let table = Table(
            ["node", "state", "kubelet", "etcd", "nixos", "gen", "pods"],
            rows: status.nodes.map { node in
                [
                    node.name, style(node.state, node.state == "Ready" ? .good : .bad), node.kubernetes ?? "-",
                    node.etcd ?? "-", node.nixos.map(Self.short) ?? "-", node.generation.map { "\($0)" } ?? "-",
                    node.pods.map { "\($0)" } ?? "-",
                ]
            })
        return
            ([style("\(status.cluster) at \(status.observedAt)", .heading), ""] + table.lines() + [""] + facts()
            + next())
            .joined(separator: "\n") + "\n"
    }

    /// `26.05` of `26.05.20261003.825e202`.
    private static func short(_ version: String) -> String {
        version.split(separator: ".").prefix(2).joined(separator: ".")
    }

    private func facts() -> [String] {
        let leader = status.etcdLeader.map { ", led by \($0)" } ?? ""
        let leaderless =
            status.etcdLeaderless.isEmpty
            ? "" : style("; \(status.etcdLeaderless.joined(separator: ", ")) without a leader", .bad)
        let age = status.archiveAge.map { "the newest proven archive is \(Amount.duration($0)) old" }
        let lines = [
            status.etcdClusters > 1
                ? style("etcd: \(status.etcdClusters) clusters that know nothing of each other", .bad)
                : status.etcdVoters == 0 && !unseen.isEmpty
                    ? "etcd: no member is known" + unseen
                    : "etcd: \(status.etcdMembers) of \(Amount.count(status.etcdVoters, "member")) answer\(leader)\(leaderless)",
            status.apiServers == 0 && !unseen.isEmpty
                ? "apiservers: none is known" + unseen
                : "apiservers: \(status.apiServersReady) of \(status.apiServers) \(readiness)" + unseen
                    + (status.kubeconfigFailure.map { "; \($0)" } ?? ""),
            status.openRuns.isEmpty
                ? "runs: none is open" + (unseen.isEmpty ? "" : ", as far as was seen")
                : "runs: \(status.openRuns.joined(separator: ", ")) left open",
            "archives: \(age ?? "none that is proven is known")",
        ]
        return lines.flatMap { TextWidth.wrap($0, width: 80, indent: "") }
    }

    /// One that does not let us in may be ready all the same.
    private var readiness: String {
        status.apiServersReady == status.apiServers ? "ready" : "say that they are ready"
    }

    /// What runs on a host that does not answer is not among the counts.
    private var unseen: String {
        let hosts = status.nodes.filter { $0.state.hasSuffix("not seen") }.map(\.name)
        return hosts.isEmpty ? "" : "; \(hosts.joined(separator: ", ")) not seen"
    }

    private func next() -> [String] {
        guard status.fails + status.warnings > 0 else {
            return ["all is well", "Next: \(same.command("kupgrade plan"))"]
        }
        let counts = [(status.fails, "check"), (status.warnings, "warning")].filter { $0.0 > 0 }
        let words = counts.map {
            $0.1 == "check" ? "\(Amount.count($0.0, "check")) failed" : Amount.count($0.0, "warning")
        }
        return [words.joined(separator: ", "), "Next: \(same.command("kupgrade doctor"))"]
    }
}
