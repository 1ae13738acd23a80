public import Plans
import UpgradePlanning

/// Writes the plan of a restore: pure, from what the archive has and what the hosts are.
public enum RestorePlanner {
    /// The plan with its findings; it has steps only where nothing blocks it.
    public static func plan(_ order: RestoreOrder) -> Plan {
        let findings = RestoreChecks(order).findings
        let isBlocked = findings.contains { $0.severity == .blocker }
        let writer = RestoreWriter(order)
        var plan = Plan(
            kind: .restore, cluster: order.cluster, madeAt: order.now.description,
            goal: Goal(changes: [], hops: [], later: []), fingerprint: fingerprint(order),
            stages: isBlocked ? [] : writer.stages(), findings: findings,
            next: isBlocked ? "mend what blocks it, and restore again" : "kupgrade restore \(order.archive.entry.name)")
        plan.restore = goal(order, writer)
        return plan
    }

    private static func goal(_ order: RestoreOrder, _ writer: RestoreWriter) -> RestoreGoal {
        let archive = order.archive
        return RestoreGoal(
            archive: archive.entry.name, sha256: archive.entry.sha256, createdAt: archive.entry.createdAt.description,
            grade: archive.grade.rawValue, revision: archive.revision, keys: archive.entry.keys,
            kubernetes: archive.entry.kubernetes?.description, etcd: archive.entry.etcd?.description,
            found: order.hosts.map { RestoreWords.found($0, order) }, lost: RestoreWords.lost(order),
            leftOut: (order.lostMember.map { [$0] } ?? writer.filled).flatMap { writer.files($0).leftOut },
            volumes: RestoreWords.volumes(order),
            replacesLiveData: order.lostMember == nil && order.members.contains { !order.isFresh($0) },
            origins: Dictionary(
                uniqueKeysWithValues: order.hosts.filter { $0.origin != $0.name }.map { ($0.name.text, $0.origin.text) }
            ))
    }

    /// Of what the plan depends on.
    private static func fingerprint(_ order: RestoreOrder) -> [String] {
        var lines = ["archive=\(order.archive.entry.sha256)"]
        for host in order.hosts {
            lines.append("node/\(host.name)/machine=\(host.host.machineID)")
            lines.append("node/\(host.name)/system=\(host.host.generations.current?.description ?? "")")
            if let data = host.data { lines.append("node/\(host.name)/etcd=\(data.exists ? "data" : "none")") }
            if let member = host.member { lines.append("node/\(host.name)/member=\(member.memberID)") }
        }
        return lines.sorted()
    }
}
