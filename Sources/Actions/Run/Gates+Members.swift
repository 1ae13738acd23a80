import EtcdClient
public import RunEngine

extension EtcdMember {
    /// It is the one of that name, or has one of these peer URLs.
    func hasPlace(_ name: String, _ urls: [String]) -> Bool {
        self.name == name || !Set(peerURLs).isDisjoint(with: urls)
    }
}

extension Gates {
    /// Members, as one that serves lists them. Throws where none does.
    func members() async throws -> [EtcdMember] { try await withServing { try await $0.members() } }

    /// The step of an interrupted or failed replacement of a member that has changed nothing: etcd still lists the lost member,
    /// and nothing new in its place. `nil` where there is none. Not an error: an etcd that cannot be asked is believed to
    /// have been changed.
    public func unreplaced(_ state: RunState) async throws -> String? {
        guard let barrier = state.barrier, case .restore(.replaceMember(let name, let urls)) = barrier.step.action,
            !state.isDone(barrier.step.id), let lost = state.prior(of: barrier.step.id).flatMap({ UInt64($0) }),
            let members = try? await members()
        else { return nil }
        let there = members.filter { $0.hasPlace(name, urls) }
        return there.map(\.id) == [lost] ? barrier.step.id : nil
    }

    /// Has the cluster forget the lost member, and expect a new one at its URLs. May be done again: what is done is not
    /// done twice.
    func replaceMember(_ name: String, _ urls: [String], lost: UInt64?) async throws -> String? {
        try await withServing { client in
            let before = try await client.members()
            if let lost, before.contains(where: { $0.id == lost }) { try await client.removeMember(lost) }
            let now = try await client.members()
            if let there = now.first(where: { $0.hasPlace(name, urls) }) {
                return "the member \(String(there.id, radix: 16)) is expected"
            }
            let id = try await client.addMember(urls)
            return "the member \(String(id, radix: 16)) is expected"
        }
    }

    private func withServing<Result: Sendable>(
        _ body: @escaping @Sendable (EtcdClient) async throws -> Result
    ) async throws -> Result {
        let (facts, ways) = try await look()
        for endpoint in facts.etcd where endpoint.status.value?.leaderID != nil {
            guard let way = ways.etcd[endpoint.node] else { continue }
            return try await EtcdClient.with(way, callLimit: .seconds(15)) { try await body($0) }
        }
        throw RunError(.cannotRead, "no member of etcd that serves can be asked")
    }
}
