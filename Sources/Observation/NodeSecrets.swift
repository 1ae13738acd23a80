import NodeAccess
import Secrets

/// A node's secret files, those that will be needed read in one round trip. In memory only.
struct NodeSecrets: Sendable {
    let session: any NodeSession
    /// By path; `nil` for one that is not there or cannot be read.
    private let fetched: [String: SecretBytes?]

    /// Not an error: that nothing could be read. Who needs a file then hears why.
    static func fetched(from session: any NodeSession, _ paths: [String]) async -> NodeSecrets {
        let files = (try? await session.readSecrets(paths)) ?? []
        return NodeSecrets(session: session, fetched: Dictionary(zip(paths, files)) { first, _ in first })
    }

    /// In the order of `paths`; those that were not foreseen are read now. Throws `NodeAccessError`.
    func read(_ paths: [String]) async throws -> [SecretBytes?] {
        let unforeseen = paths.filter { fetched[$0] == nil }
        let more = Dictionary(zip(unforeseen, try await session.readSecrets(unforeseen))) { first, _ in first }
        let all = fetched.merging(more) { first, _ in first }
        return paths.map { all[$0].flatMap { $0 } }
    }
}
