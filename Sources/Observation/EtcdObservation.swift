import EtcdClient
import UpgradePlanning

/// Asks every member at the same time, and their hashes at one common revision, so that they can be compared.
struct EtcdObservation: Sendable {
    /// Each node that runs etcd with its way in, or the reason why there is none.
    var members: [(node: NodeName, access: Result<EtcdEndpoint, ObservationFailure>)]

    func facts() async -> [EtcdEndpointFacts] {
        let first = await each { client in try await Self.firstRound(client) }
        // Every member has this revision, and it is as new as can be had.
        guard let common = first.values.compactMap({ $0.value?.revision }).min() else { return Self.endpoints(first) }
        let hashes = await each { client in try await Self.hash(client, at: common) }
        return Self.endpoints(first) { node, facts in
            facts.hash = hashes[node] ?? .absent(Absence(.notAsked, "the member was not asked"))
        }
    }

    private static func endpoints(
        _ seen: [NodeName: Observed<EtcdMemberFacts>], adding: (NodeName, inout EtcdMemberFacts) -> Void = { _, _ in }
    ) -> [EtcdEndpointFacts] {
        seen.map { node, status in
            guard case .seen(var facts) = status else { return EtcdEndpointFacts(node: node, status: status) }
            adding(node, &facts)
            return EtcdEndpointFacts(node: node, status: .seen(facts))
        }.sorted { $0.node < $1.node }
    }

    private func each<Value: Codable & Hashable & Sendable>(
        _ ask: @escaping @Sendable (EtcdClient) async throws -> Value
    ) async -> [NodeName: Observed<Value>] {
        await withTaskGroup(of: (NodeName, Observed<Value>).self) { group in
            for (node, access) in members {
                group.addTask {
                    (node, await Observed { try await EtcdClient.with(try access.get(), body: ask) })
                }
            }
            var results: [NodeName: Observed<Value>] = [:]
            for await (node, result) in group { results[node] = result }
            return results
        }
    }

    private static func firstRound(_ client: EtcdClient) async throws -> EtcdMemberFacts {
        async let status = client.status()
        async let members = client.members()
        // Without a quorum a member cannot say which alarms are raised; it still has a status.
        async let alarms = Observed { try await client.alarms().map(EtcdAlarm.init) }
        var facts = EtcdMemberFacts(
            status: try await status, members: try await members, alarms: await alarms.value ?? [])
        if let absence = await alarms.absence {
            facts.errors.append("\(EtcdMemberFacts.unreadAlarms): \(absence.reason)")
        }
        return facts
    }

    private static func hash(_ client: EtcdClient, at revision: Int64) async throws -> EtcdHashFacts {
        let answer = try await client.hash(at: revision)
        return EtcdHashFacts(revision: revision, compactRevision: answer.compactRevision, hash: answer.hash)
    }
}

/// Ids as etcdctl prints them.
private func hex(_ id: UInt64) -> String { String(id, radix: 16) }

extension EtcdMemberFacts {
    init(status: EtcdStatus, members: [EtcdMember], alarms: [EtcdAlarm]) {
        self.init(
            clusterID: hex(status.clusterID), memberID: hex(status.memberID),
            version: Version(status.version) ?? Version(0, 0, 0),
            storageVersion: status.storageVersion.isEmpty ? nil : status.storageVersion,
            leaderID: status.leaderID == 0 ? nil : hex(status.leaderID), isLearner: status.isLearner,
            revision: status.revision, raftTerm: status.raftTerm, raftIndex: status.raftIndex,
            raftAppliedIndex: status.raftAppliedIndex, databaseSize: status.databaseSize,
            databaseSizeInUse: status.databaseSizeInUse,
            databaseQuota: status.databaseQuota == 0 ? nil : status.databaseQuota,
            members: members.map(EtcdPeerFacts.init).sorted { $0.memberID < $1.memberID }, alarms: alarms,
            errors: status.errors, hash: .absent(Absence(.notAsked, "no revision is common to all members")))
    }
}

extension EtcdPeerFacts {
    init(_ member: EtcdMember) {
        self.init(
            memberID: hex(member.id), name: member.name, peerURLs: member.peerURLs, clientURLs: member.clientURLs,
            isLearner: member.isLearner)
    }
}

extension EtcdAlarm {
    init(_ alarm: EtcdRaisedAlarm) {
        let kind: Kind =
            switch alarm.kind {
            case .noSpace: .noSpace
            case .corrupt: .corrupt
            case .other: .other
            }
        self.init(memberID: hex(alarm.memberID), kind: kind)
    }
}
