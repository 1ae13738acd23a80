import Actions
import KubernetesClient
import NodeAccess
import RunEngine
import UpgradePlanning

/// Finds a run's newest journal: here and on every node that answers.
struct RunFinder: Sendable {
    let world: World
    let sessions: [NodeName: any NodeSession]
    /// `nil` where none answers.
    let apiServer: APIServerAccess?

    /// Seconds of silence after which another machine's run may be taken over: three heartbeats.
    static let patience = 90

    private typealias Holder = (run: String, by: String, silent: Int)

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
        var holders: [Holder] = []
        for session in sessions.values {
            if let holder = try? await FoundRuns(session).holder() { holders.append(holder) }
        }
        guard let name = named ?? local?.run ?? holders.first?.run else {
            throw Problem("KUP-E120", "no run is open", next: ["kupgrade status"], status: .usage)
        }
        // A machine that does not reach a node may be seen in the cluster. Restored data may have an older run's mark.
        if let apiServer, let marked = await FoundRuns.marked(apiServer, now: world.now()) { holders.append(marked) }
        if let other = holders.first(where: { $0.run != name && $0.silent <= Self.patience }) {
            throw Problem(
                "KUP-E110", "the cluster is in another run",
                because: ["\(other.run) of \(other.by), alive \(other.silent) s ago"],
                state: ["nothing was done"], next: ["kupgrade resume \(other.run)"], status: .locked)
        }
        do {
            return try await newest(name, local, holders.filter { $0.run == name })
        } catch let error as RunError {
            throw Problem(run: error, name)
        }
    }

    private func newest(
        _ name: String, _ local: RunFolder?, _ holders: [Holder]
    ) async throws -> Found {
        let (own, copies) = try await copies(name, local)
        let newest = try RunCopies(own: own, nodes: copies).newest(of: name)
        guard newest.isOpen else { throw Problem("KUP-E120", "\(name) has ended already", status: .usage) }
        let by = Self.driver(newest.journal)
        // Also of a run that has no lock yet; a node that cannot say is no evidence of silence.
        var ages = holders.map(\.silent)
        for copy in copies where own?.journal != newest.journal || Self.host(by) != HostName.own {
            guard let session = NodeName(copy.place).flatMap({ sessions[$0] }) else { continue }
            if let age = try await FoundRuns(session).heard(name) { ages.append(age) }
        }
        let silent = ages.min() ?? Int.max
        // A node's own folder is also the copy that another machine writes.
        let isTaken = silent <= Self.patience && Self.host(by) != HostName.own
        return Found(
            name: name, run: newest, isElsewhere: own?.journal != newest.journal || isTaken, by: by, silent: silent)
    }

    private static func loaded(_ folder: RunFolder) -> Result<LoadedRun, RunError> {
        do { return .success(try folder.load()) } catch { return .failure(error) }
    }

    /// This machine's copy and the nodes'. A damaged one is named and left out where another is whole.
    private func copies(
        _ name: String, _ local: RunFolder?
    ) async throws -> (own: LoadedRun?, nodes: [RunCopies.Copy]) {
        var damaged: [(place: String, error: RunError)] = []
        var own: LoadedRun?
        if let local, local.run == name {
            switch Self.loaded(local) {
            case .success(let run): own = run
            case .failure(let error) where error.code == .journalNewer: throw error
            case .failure(let error): damaged.append(("this machine", error))
            }
        }
        var copies: [RunCopies.Copy] = []
        for (node, session) in sessions.sorted(by: { $0.key < $1.key }) {
            do {
                if let run = try await FoundRuns(session).load(name) {
                    copies.append(.init(place: node.text, run: run))
                }
            } catch let error as RunError where error.code != .journalNewer {
                damaged.append((node.text, error))
            }
        }
        if own == nil, copies.isEmpty, let first = damaged.first { throw first.error }
        for (place, error) in damaged {
            world.messages("the copy of \(name) on \(place) is left out: \(error.message)")
        }
        return (own, copies)
    }

    /// `USER@HOST`.
    private static func host(_ operatorName: String) -> String {
        operatorName.split(separator: "@").last.map(String.init) ?? operatorName
    }

    /// Who wrote the last lines.
    static func driver(_ journal: JournalText) -> String {
        for event in journal.events.reversed() {
            switch event {
            case .opened(_, _, let by), .resumed(let by), .turnedBack(let by), .givenUp(let by), .turnedForward(let by):
                return by
            default: continue
            }
        }
        return "nobody"
    }
}
