import Actions
import NodeAccess
import RunEngine
import UpgradePlanning

/// Finds a run's newest journal: here and on every node that answers.
struct RunFinder: Sendable {
    let world: World
    let sessions: [NodeName: any NodeSession]

    /// Seconds of silence after which another machine's run may be taken over: three heartbeats.
    static let patience = 90

    struct Found: Sendable {
        var name: String
        var run: LoadedRun
        /// Another machine wrote its last lines.
        var isElsewhere: Bool
        var by: String
        /// Seconds since a node heard of it.
        var silent: Int
    }

    /// The run of a name, or the open one; `nil` where this machine has none. Throws ``Problem`` where several are open.
    static func local(_ name: String?, _ world: World) throws -> RunFolder? {
        let all = RunFolder.all(in: world.stateFolder)
        if let name { return all.first { $0.run == name } }
        let open = all.filter { (try? $0.load().isOpen) ?? false }
        guard open.count < 2 else {
            throw Problem(
                "KUP-E118", "several runs are open", next: open.map { "kupgrade resume \($0.run)" }, status: .usage)
        }
        return open.first
    }

    /// Throws ``Problem``: none is there, or copies disagree.
    func find(_ local: RunFolder?, named: String?) async throws -> Found {
        var holders: [(run: String, by: String, silent: Int)] = []
        for session in sessions.values {
            if let holder = try? await FoundRuns(session).holder() { holders.append(holder) }
        }
        guard let name = named ?? local?.run ?? holders.first?.run else {
            throw Problem("KUP-E120", "no run is open", next: ["kupgrade status"], status: .usage)
        }
        do {
            return try await newest(name, local, holders.filter { $0.run == name })
        } catch let error as RunError {
            throw Problem(run: error, name)
        }
    }

    private func newest(
        _ name: String, _ local: RunFolder?, _ holders: [(run: String, by: String, silent: Int)]
    ) async throws -> Found {
        let own = try local.flatMap { $0.run == name ? try $0.load() : nil }
        var copies: [RunCopies.Copy] = []
        for (node, session) in sessions.sorted(by: { $0.key < $1.key }) {
            if let run = try await FoundRuns(session).load(name) { copies.append(.init(place: node.text, run: run)) }
        }
        let newest = try RunCopies(own: own, nodes: copies).newest(of: name)
        guard newest.isOpen else { throw Problem("KUP-E120", "\(name) has ended already", status: .usage) }
        return Found(
            name: name, run: newest, isElsewhere: own?.journal != newest.journal, by: Self.driver(newest.journal),
            silent: holders.map(\.silent).min() ?? Int.max)
    }

    /// Who wrote the last lines.
    static func driver(_ journal: JournalText) -> String {
        for event in journal.events.reversed() {
            switch event {
            case .opened(_, _, let by), .resumed(let by), .turnedBack(let by): return by
            default: continue
            }
        }
        return "nobody"
    }
}
