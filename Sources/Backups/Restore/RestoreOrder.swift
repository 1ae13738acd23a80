public import Plans
public import UpgradePlanning

/// What a restore is asked for, and all that was seen for it.
public struct RestoreOrder: Sendable {
    public var run: String
    public var cluster: String
    public var archive: RestoreArchive
    /// Hosts that answered.
    public var hosts: [RestoreHost]
    /// Hosts of the cluster file that did not, with the reason.
    public var unreachable: [NodeName: String]
    /// Other archives that are known, newest first.
    public var others: [ArchiveFacts]
    /// Codes of refusals that were accepted by name.
    public var accepted: Set<String>
    /// Nobody is asked between apiserver and the rest.
    public var isUnattended: Bool
    public var now: Instant
    /// Objects of the live cluster that are newer than the archive, by kind; `nil` where nobody could be asked.
    public var newer: [String: Int]?
    /// Every member is restored from the archive, even where most of them serve.
    public var isWholeCluster = false
    /// Folders of the cluster file that archives have, too.
    public var folders: [String] = []
    /// The node whose apiserver has pods of people's, where one answers: its cluster is used.
    public var used: NodeName?
    /// Systems that hosts go back to while everything is stopped: those that wrote the archive's data.
    public var systems: [NodeName: SystemTarget] = [:]

    public init(
        run: String, cluster: String, archive: RestoreArchive, hosts: [RestoreHost],
        unreachable: [NodeName: String] = [:], others: [ArchiveFacts] = [], accepted: Set<String> = [],
        isUnattended: Bool = false, now: Instant, newer: [String: Int]? = nil
    ) {
        self.run = run
        self.cluster = cluster
        self.archive = archive
        self.hosts = hosts.sorted { $0.name < $1.name }
        self.unreachable = unreachable
        self.others = others
        self.accepted = accepted
        self.isUnattended = isUnattended
        self.now = now
        self.newer = newer
    }

    /// Hosts whose etcd was a member of the archive's cluster, or takes the place of one.
    var members: [RestoreHost] {
        let voters = Voters(archive.manifest)
        let (names, node) = (voters.names, voters.node)
        return hosts.filter { host in
            guard host.etcdUnit != nil else { return false }
            if host.origin == node || host.origin != host.name { return true }
            return names.contains(host.memberName)
                && !voters.isNamesake(host.origin, memberName: host.memberName, in: archive.manifest)
        }
    }

    /// Hosts of the members, and other hosts that run an apiserver of the same cluster.
    var masters: [RestoreHost] {
        let members = Set(members.map(\.name))
        return hosts.filter { members.contains($0.name) || $0.hasAPIServer && $0.etcdUnit == nil }
    }

    var workers: [RestoreHost] {
        let masters = Set(masters.map(\.name))
        // A control plane of its own is another cluster: it is left alone, but for the parts that follow this one.
        return hosts.filter { !masters.contains($0.name) }
    }

    /// Workers that have lost the cluster's keys, and whose files are in the archive: they get them back. One that has a
    /// control plane of its own is another cluster's.
    var rebuiltWorkers: [RestoreHost] {
        workers.filter { host in
            host.etcdUnit == nil && !host.hasAPIServer && Authority(of: host, in: archive) != .same
                && Authority.isKept(for: host, in: archive)
        }
    }

    /// The data is a database that a rebuilt host made by itself: nobody's but the module's.
    func isFresh(_ host: RestoreHost) -> Bool {
        guard let data = host.data, data.exists else { return true }
        if host.name == used { return false }
        // Young, small and hardly written to: what a first boot makes, and a few days of an empty cluster add.
        guard let made = data.madeAt, made > archive.entry.createdAt, data.bytes < Self.freshBytes,
            now.secondsSince1970 - made.secondsSince1970 < Self.freshSeconds,
            (host.member?.revision ?? 0) < Self.freshRevision
        else { return false }
        if case .other(let madeAt) = Authority(of: host, in: archive), madeAt > archive.entry.createdAt { return true }
        return host.member.map { $0.revision < archive.revision } ?? false
    }

    static let freshBytes: Int64 = 32 << 20
    static let freshSeconds: Int64 = 3 * 86_400
    static let freshRevision: Int64 = 100_000

    /// The one member that is lost while the others serve: it is replaced, and nothing is restored. `nil` in every other case.
    var lostMember: RestoreHost? {
        guard !isWholeCluster else { return nil }
        let serving = members.compactMap(\.member).filter { $0.leaderID != nil }
        let voters = serving.map { $0.members.filter { !$0.isLearner }.count }.max() ?? 0
        // One that only does not answer has its data: it is to be started, not replaced.
        let lost = members.filter { $0.member == nil && isFresh($0) }
        guard members.count(where: { $0.member == nil }) == lost.count else { return nil }
        guard Set(serving.map(\.clusterID)).count == 1, voters > 2, serving.count > voters / 2, lost.count == 1 else {
            return nil
        }
        return lost[0]
    }

    /// Hosts whose etcd has data that people use, and answers.
    public var replaced: [NodeName] { members.filter { !isFresh($0) && $0.member != nil }.map(\.name) }

    /// The greatest revision that anybody knows of the cluster that is lost.
    var newest: (revision: Int64, at: Instant)? {
        let live = members.filter { !isFresh($0) }.compactMap { host in host.member.map { ($0.revision, now) } }
        let kept = others.filter { $0.cluster == archive.entry.cluster }.map { ($0.revision, $0.createdAt) }
        return (live + kept + [(archive.revision, archive.entry.createdAt)]).max { $0.0 < $1.0 }
    }
}
