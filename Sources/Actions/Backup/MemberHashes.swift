import Backups
import EtcdClient

/// Asks every voter for the hash of all keys up to one revision, until what they say can be compared.
struct MemberHashes: Sendable {
    let voters: [Voter]
    private static let callLimit = Duration.seconds(60)

    struct Voter: Sendable {
        var name: String
        /// `nil` where there is no way to it.
        var endpoint: EtcdEndpoint?
        var reason: String?
    }

    private typealias Round = [(voter: String, answer: HashComparison.Answer)]

    /// One for each voter, by name.
    func ask(at revision: Int64) async throws -> [ProofRecord.MemberHash] {
        let start = ContinuousClock.now
        var asked = revision
        while true {
            let round = await self.round(at: asked)
            let comparison = HashComparison(
                answers: round.map(\.answer), elapsed: Int((.now - start) / .seconds(1)),
                isSnapshotRevision: asked == revision)
            switch comparison.next {
            case .done: return Self.hashes(round, at: asked, snapshot: revision)
            case .again(let seconds): try await Task.sleep(for: .seconds(seconds))
            case .atCommonRevision:
                guard let common = await commonRevision(), common != asked else {
                    return Self.hashes(round, at: asked, snapshot: revision)
                }
                asked = common
            }
        }
    }

    /// The newest that every voter has which answers.
    private func commonRevision() async -> Int64? {
        await withTaskGroup(of: Int64?.self) { group in
            for endpoint in voters.compactMap(\.endpoint) {
                group.addTask {
                    try? await EtcdClient.with(endpoint, callLimit: Self.callLimit) { client in
                        try await client.hash().currentRevision
                    }
                }
            }
            var revisions: [Int64] = []
            for await revision in group { if let revision { revisions.append(revision) } }
            return revisions.min()
        }
    }

    private func round(at revision: Int64) async -> Round {
        await withTaskGroup(of: (String, HashComparison.Answer).self) { group in
            for voter in voters { group.addTask { (voter.name, await Self.answer(of: voter, at: revision)) } }
            var round: Round = []
            for await answer in group { round.append(answer) }
            return round.sorted { $0.voter < $1.voter }
        }
    }

    private static func answer(of voter: Voter, at revision: Int64) async -> HashComparison.Answer {
        guard let endpoint = voter.endpoint else {
            return .silent(reason: voter.reason ?? "there is no way to it")
        }
        do {
            let hash = try await EtcdClient.with(endpoint, callLimit: callLimit) { try await $0.hash(at: revision) }
            return .hash(hash.hash, compactRevision: hash.compactRevision)
        } catch let error as EtcdError where error.code == .outOfRange {
            return error.message.contains("compacted") ? .compacted : .behind
        } catch {
            return .silent(reason: "\(error)")
        }
    }

    private static func hashes(_ round: Round, at asked: Int64, snapshot: Int64) -> [ProofRecord.MemberHash] {
        round.map { voter, answer in
            var hash = ProofRecord.MemberHash(member: voter, revision: asked == snapshot ? nil : asked)
            switch answer {
            case .hash(let value, let compactRevision): (hash.hash, hash.compactRevision) = (value, compactRevision)
            case .behind: hash.reason = "it has not applied revision \(asked)"
            case .compacted: hash.reason = "it has compacted revision \(asked) away"
            case .silent(let reason): hash.reason = reason
            }
            return hash
        }
    }
}
