import Backups
import EtcdClient

/// Asks every voter for the hash of all keys up to one revision.
struct MemberHashes: Sendable {
    let voters: [Voter]
    /// A member that differs may have been asked while it was applying; one behind will catch up.
    let patience: Duration
    private static let callLimit = Duration.seconds(60)

    struct Voter: Sendable {
        var name: String
        /// `nil` where there is no way to it.
        var endpoint: EtcdEndpoint?
        var reason: String?
    }

    func ask(at revision: Int64) async -> [ProofRecord.MemberHash] {
        let first = await round(at: revision)
        guard first.needsAnotherLook else { return first }
        try? await Task.sleep(for: patience)
        return await round(at: revision)
    }

    private func round(at revision: Int64) async -> [ProofRecord.MemberHash] {
        await withTaskGroup(of: ProofRecord.MemberHash.self) { group in
            for voter in voters { group.addTask { await Self.hash(of: voter, at: revision) } }
            var hashes: [ProofRecord.MemberHash] = []
            for await hash in group { hashes.append(hash) }
            return hashes.sorted { $0.member < $1.member }
        }
    }

    private static func hash(of voter: Voter, at revision: Int64) async -> ProofRecord.MemberHash {
        guard let endpoint = voter.endpoint else {
            return ProofRecord.MemberHash(member: voter.name, reason: voter.reason ?? "there is no way to it")
        }
        do {
            let hash = try await EtcdClient.with(endpoint, callLimit: callLimit) { try await $0.hash(at: revision) }
            return ProofRecord.MemberHash(
                member: voter.name, hash: hash.hash, compactRevision: hash.compactRevision)
        } catch {
            return ProofRecord.MemberHash(member: voter.name, reason: "\(error)")
        }
    }
}

extension [ProofRecord.MemberHash] {
    /// They contradict each other, or one could not answer.
    fileprivate var needsAnotherLook: Bool {
        contains { $0.hash == nil } || Set(map(\.hash)).count > 1
    }
}
