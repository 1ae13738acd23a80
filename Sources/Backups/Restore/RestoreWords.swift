import UpgradePlanning

/// What a restore finds and what it loses, in sentences.
enum RestoreWords {
    static func found(_ host: RestoreHost, _ order: RestoreOrder) -> String {
        guard order.members.contains(host) else {
            if order.rebuiltWorkers.contains(host) {
                return "\(host.name): a worker with \(authority(host, order)); its files come from the archive"
            }
            let runs = host.units.filter { host.host.unit($0)?.isRunning == true }.count
            return "\(host.name): a worker, \(Amount.count(runs, "unit")) of the cluster running; its files stay"
        }
        return "\(host.name): \(data(host, order)); \(authority(host, order))"
    }

    private static func data(_ host: RestoreHost, _ order: RestoreOrder) -> String {
        guard let data = host.data, data.exists else { return "no data of etcd" }
        let age = data.madeAt.map { ", made \($0)" } ?? ""
        let size = Amount.bytes(data.bytes)
        let says = host.member.map { "at revision \($0.revision)" } ?? "which does not answer"
        if order.isFresh(host) { return "an etcd of its own, \(says), \(size)\(age): the host made it, nobody uses it" }
        return "etcd with data, \(says), \(size)\(age)"
    }

    private static func authority(_ host: RestoreHost, _ order: RestoreOrder) -> String {
        switch Authority(of: host, in: order.archive) {
        case .same: "the archive's certificate authority"
        case .other(let madeAt): "a certificate authority of its own, made \(madeAt)"
        case .none: "no certificate authority"
        }
    }

    /// What is gone afterwards.
    static func lost(_ order: RestoreOrder) -> [String] {
        if let member = order.lostMember {
            return [
                "nothing: the other members serve. The member on \(member.name) is replaced by a new one that gets its data "
                    + "from them (--whole-cluster restores all of them from the archive instead)"
            ]
        }
        var lines: [String] = []
        let created = order.archive.entry.createdAt
        if let newest = order.newest, newest.revision > order.archive.revision {
            let minutes = max(0, (newest.at.secondsSince1970 - created.secondsSince1970) / 60)
            lines.append(
                "\(newest.revision - order.archive.revision) revisions, written in the \(minutes) min after the archive"
            )
        } else {
            let age = Amount.duration(order.now.secondsSince1970 - created.secondsSince1970)
            lines.append("whatever was written in the \(age) since the archive was made")
        }
        if let newer = order.newer, !newer.isEmpty {
            let kinds = newer.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(12)
            lines.append("newer objects: " + kinds.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
        }
        return lines
    }

    static func volumes(_ order: RestoreOrder) -> [String] {
        order.archive.manifest.volumes.map { volume in
            let host = order.hosts.first { $0.origin.text == volume.node }
            let state =
                host.map { $0.volumes.contains(volume.path) ? "is there" : "IS NOT THERE" }
                ?? "cannot be looked at"
            let cover = volume.coveredBy.map { "; backed up by \($0)" } ?? ""
            return "\(volume.claim): \(volume.path) on \(volume.node) \(state)\(cover)"
        }
    }
}
