import Plans
import UpgradePlanning

/// What speaks against a restore: found before anything is touched.
struct RestoreChecks {
    let order: RestoreOrder
    private var archive: RestoreArchive { order.archive }

    init(_ order: RestoreOrder) { self.order = order }

    var findings: [Finding] {
        if let lost = order.lostMember {
            return [suspect, otherCluster, kubernetesVersion(lost), membership(lost), rebuilt(lost)].compactMap { $0 }
                + keys(lost) + unissued(lost) + unreachable
        }
        return [suspect, checked, otherCluster, noEtcd, newerArchive, alarm, noMember].compactMap { $0 } + unreachable
            + order.members.flatMap(member) + filled.flatMap(keys) + order.hosts.compactMap(rebuilt)
            + order.workers.compactMap(stranger)
    }

    private func finding(
        _ code: String, _ severity: Finding.Severity, node: NodeName? = nil, _ what: String, _ why: [String] = [],
        _ remedy: [String] = []
    ) -> Finding {
        Finding(code: code, severity: severity, node: node?.text, what: what, why: why, remedy: remedy)
    }

    /// A blocker, until it is accepted by name.
    private func refusal(_ code: String, _ what: String, _ why: [String], _ remedy: [String] = []) -> Finding {
        let isAccepted = order.accepted.contains(code)
        return finding(
            code, isAccepted ? .warning : .blocker, what, why, remedy + (isAccepted ? [] : ["--accept \(code)"]))
    }

    private var suspect: Finding? {
        guard archive.grade == .suspect else { return nil }
        return refusal(
            "KUP-R001", "the archive is suspect", archive.reasons, ["kupgrade backup list  # for another one"])
    }

    private var checked: Finding? {
        guard archive.grade == .checked else { return nil }
        return finding("KUP-R013", .notice, "the archive is not proven", archive.entry.reasons)
    }

    private var otherCluster: Finding? {
        guard archive.entry.cluster != order.cluster else { return nil }
        return refusal(
            "KUP-R002", "the archive is of the cluster \(archive.entry.cluster), and this one is \(order.cluster)", [])
    }

    private var noEtcd: Finding? {
        guard archive.snapshot == nil else { return nil }
        return finding("KUP-R009", .blocker, "the archive has no etcd", archive.entry.reasons, ["kupgrade backup list"])
    }

    private var noMember: Finding? {
        guard archive.snapshot != nil, order.members.isEmpty else { return nil }
        let names = Voters(archive.manifest).names.sorted().joined(separator: ", ")
        return finding(
            "KUP-R010", .blocker, "no host that answers has an etcd of this archive", ["its members are \(names)"],
            ["services.etcd.enable = true;  # on the host that takes the master's place", "--as OLD=NEW"])
    }

    private var newerArchive: Finding? {
        let newer = order.others.filter {
            $0.cluster == archive.entry.cluster && $0.grade == .proven && $0.createdAt > archive.entry.createdAt
        }
        guard let newest = newer.max(by: { $0.createdAt < $1.createdAt }) else { return nil }
        let minutes = (newest.createdAt.secondsSince1970 - archive.entry.createdAt.secondsSince1970) / 60
        return finding(
            "KUP-R003", .warning, "a newer proven archive is there",
            ["\(newest.name) is \(minutes) min newer, \(newest.revision - archive.revision) revisions further"],
            ["kupgrade restore \(newest.name)"])
    }

    private var alarm: Finding? {
        guard let alarms = archive.snapshot?.alarms, alarms > 0 else { return nil }
        return finding(
            "KUP-R011", .warning, "the snapshot carries \(Amount.count(alarms, "alarm")) of etcd", [],
            ["etcdctl alarm list && etcdctl alarm disarm  # when it serves again"])
    }

    private var unreachable: [Finding] {
        let needed = Voters(archive.manifest).names
        let wanted = Set(order.members.flatMap(\.initialCluster).map { String($0.prefix { $0 != "=" }) })
        return order.unreachable.sorted { $0.key < $1.key }.map { name, reason in
            if needed.contains(name.text) || wanted.contains(name.text) {
                return finding(
                    "KUP-R007", .blocker, node: name, "\(name) is a member of etcd and cannot be reached", [reason],
                    [
                        "every member is restored from the same snapshot: bring it back, or take it out of the configuration"
                    ])
            }
            // It would come back with programs that are newer than the data.
            if order.systems[name] != nil, !order.accepted.contains("KUP-R008") {
                return finding(
                    "KUP-R008", .blocker, node: name, "\(name) cannot be reached, and must go back, too", [reason],
                    ["bring it back first", "--accept KUP-R008  # where it is gone for good"])
            }
            return finding(
                "KUP-R008", .warning, node: name, "\(name) cannot be reached", [reason],
                ["systemctl stop kubelet  # there, before the apiserver of the restored cluster starts"])
        }
    }

    private func member(_ host: RestoreHost) -> [Finding] {
        [room(host), etcdVersion(host), kubernetesVersion(host), farNewer(host), membership(host), separateLog(host)]
            .compactMap { $0 }
    }

    private var filled: [RestoreHost] { RestoreWriter(order).filled }

    /// What would start with keys that do not work, or without the cluster's.
    private func keys(_ host: RestoreHost) -> [Finding] {
        var findings: [Finding] = []
        let authority = Authority(of: host, in: archive)
        if authority != .same, (archive.files[host.origin.text] ?? []).allSatisfy(\.isFolder),
            archive.files.values.contains(where: { !$0.isEmpty })
        {
            findings.append(
                refusal(
                    "KUP-R017", "the archive has no keys for \(host.name)",
                    [
                        "it has nothing of \(host.origin), and \(host.name) has not the authority of the archive: tokens and "
                            + "certificates of the cluster would be refused"
                    ], ["--as OLD=NEW  # where it takes another host's place"]))
        }
        let dying = RestoreWriter(order).files(host).dying
        if !dying.isEmpty {
            findings.append(
                refusal(
                    "KUP-R016", "certificates that go back to \(host.name) have ended or end within a day",
                    dying.prefix(5).map { $0 } + [
                        host.host.unit("certmgr.service") == nil
                            ? "nothing makes others there: it has no certmgr"
                            : "nothing makes others there before they are needed"
                    ],
                    ["issue them anew by your own authority, and restore a newer archive"]))
        }
        return findings
    }

    /// A member joins with keys that it has.
    private func unissued(_ host: RestoreHost) -> [Finding] {
        let files = RestoreWriter(order).files(host)
        guard !files.issued.isEmpty else { return [] }
        return [
            refusal(
                "KUP-R016", "certificates of \(host.name) are of no use: they have ended, or are another host's",
                Array(files.issued.prefix(5)), ["a newer archive, of the host itself"])
        ]
    }

    /// Its log would go on where the old data ended.
    private func separateLog(_ host: RestoreHost) -> Finding? {
        let line = host.etcdUnit?.commandLine
        guard let folder = line?.value(of: "--wal-dir") ?? host.variable("ETCD_WAL_DIR"), !folder.isEmpty,
            let data = host.data?.folder, !folder.hasPrefix(data + "/member")
        else { return nil }
        return finding(
            "KUP-R018", .blocker, node: host.name, "etcd's log on \(host.name) lies outside of its data", [folder],
            ["services.etcd.extraConf.WAL_DIR  # taken out for the restore, and put back after it"])
    }

    /// A worker that does not trust the authority that comes back, and gets no files of the archive.
    func stranger(_ host: RestoreHost) -> Finding? {
        guard !order.rebuiltWorkers.contains(host), host.host.unit(Component.kubelet.unit) != nil else { return nil }
        let why: String
        switch Authority(of: host, in: archive) {
        case .same: return nil
        case .none:
            // Keys made by hand may be anywhere.
            guard order.hosts.contains(where: { Authority.isKept(for: $0, in: archive) }) else { return nil }
            why = "it has none, and the archive has no files of \(host.origin)"
        case .other(let madeAt): why = "its authority was made \(madeAt)"
        }
        return finding(
            "KUP-R015", .warning, node: host.name, "\(host.name) does not trust the archive's authority", [why],
            [
                "nixos-kubernetes-node-join  # there, with the token of the restored master, when it serves; the restore "
                    + "does not wait for it"
            ])
    }

    private func rebuilt(_ host: RestoreHost) -> Finding? {
        guard !host.host.rebuilders.isEmpty else { return nil }
        return finding(
            "KUP-R014", .blocker, node: host.name, "\(host.name) is being rebuilt by somebody else",
            [host.host.rebuilders.joined(separator: ", ")], ["wait until it has ended"])
    }

    private func room(_ host: RestoreHost) -> Finding? {
        guard let data = host.data, let snapshot = archive.snapshot else { return nil }
        // The snapshot, the database made of it, and a log that etcd allocates at once.
        let needed = 2 * snapshot.bytes + (128 << 20)
        guard data.freeBytes < needed else { return nil }
        return finding(
            "KUP-R004", .blocker, node: host.name, "there is too little room on \(host.name)",
            [
                "\(data.folder) has \(Amount.bytes(data.freeBytes)) free, and \(Amount.bytes(needed)) are needed "
                    + "beside what is there"
            ], ["ssh \(host.name) df -h \(data.folder)"])
    }

    private func etcdVersion(_ host: RestoreHost) -> Finding? {
        guard let wrote = archive.entry.etcd, let reads = host.host.component(.etcd)?.version,
            reads.minorRelease < wrote.minorRelease
        else { return nil }
        return finding(
            "KUP-R005", .blocker, node: host.name, "etcd \(reads) on \(host.name) cannot read what etcd \(wrote) wrote",
            [], ["boot the generation that has etcd \(wrote.minorRelease): nixos-rebuild list-generations"])
    }

    private func kubernetesVersion(_ host: RestoreHost) -> Finding? {
        guard let wrote = archive.entry.kubernetes, let reads = host.host.component(.apiServer)?.version,
            reads.minorRelease < wrote.minorRelease
        else { return nil }
        return finding(
            "KUP-R006", .blocker, node: host.name,
            "the apiserver \(reads) on \(host.name) is older than \(wrote), which wrote the data", [],
            ["boot the generation that has Kubernetes \(wrote.minorRelease): nixos-rebuild list-generations"])
    }

    /// A host that was set up anew from today's release: more than a minor may never be skipped, by data neither.
    private func farNewer(_ host: RestoreHost) -> Finding? {
        let pairs = [
            ("etcd", archive.entry.etcd, host.host.component(.etcd)?.version),
            ("the apiserver", archive.entry.kubernetes, host.host.component(.apiServer)?.version),
        ]
        let skipping = pairs.compactMap { name, wrote, reads -> String? in
            guard let wrote, let reads else { return nil }
            let (old, new) = (wrote.minorRelease, reads.minorRelease)
            guard new.major > old.major || new.minor > old.minor + 1 else { return nil }
            return "\(name) \(reads) would read what \(wrote) wrote"
        }
        guard !skipping.isEmpty else { return nil }
        return refusal(
            "KUP-R019", "\(host.name) is more than a minor ahead of the archive", skipping,
            ["boot a system with the versions of the archive: its flake/ has the configuration of that time"])
    }

    private func membership(_ host: RestoreHost) -> Finding? {
        let members = order.members
        let expected = members.flatMap { other in
            (other.variable("ETCD_INITIAL_ADVERTISE_PEER_URLS") ?? "").split(separator: ",").map {
                "\(other.memberName)=\($0)"
            }
        }.sorted()
        guard host.initialCluster != expected else { return nil }
        let list = expected.map { "\"\($0)\"" }.joined(separator: " ")
        return finding(
            "KUP-R012", .blocker, node: host.name, "etcd's unit on \(host.name) names other members than there are",
            [
                "it says \(host.initialCluster.joined(separator: ", "))",
                "there are \(expected.joined(separator: ", "))",
            ],
            ["services.etcd.initialCluster = [ \(list) ];  # in the configuration of \(host.name)"])
    }
}
