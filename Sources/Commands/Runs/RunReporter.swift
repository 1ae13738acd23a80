import Actions
import NodeAccess
import RunEngine
import UpgradePlanning

/// Finds a run for the eye: here, and on every node of the cluster file that answers; one that has ended, too.
struct RunReporter: Sendable {
    let world: World
    /// The option's value.
    let cluster: String?

    struct Found {
        var best: LoadedRun
        var here: LoadedRun?
        var there: [RunCopies.Copy]
    }

    func report(_ name: String) async throws -> RunReport {
        let found = try await find(name, isHereEnough: false)
        let own = found.here.map { [RunReport.Copy(place: "this machine", lines: $0.journal.lines.count)] } ?? []
        return RunReport(
            found.best, named: name, by: RunFinder.driver(found.best.journal),
            copies: own + found.there.map { RunReport.Copy(place: $0.place, lines: $0.run.journal.lines.count) })
    }

    /// `isHereEnough`: nodes are only asked for what is not here, or has not ended here. Throws ``Problem`` where nobody
    /// knows it.
    func find(_ name: String, isHereEnough: Bool) async throws -> Found {
        let here: LoadedRun?
        do {
            here = try RunFinder.local(name, world)?.load()
        } catch let error as RunError {
            throw Problem(run: error, name)
        }
        if isHereEnough, let here, !here.isOpen { return Found(best: here, here: here, there: []) }
        let there: [RunCopies.Copy]
        do {
            there = try await nodes(name)
        } catch let problem as Problem where here != nil {
            // What this machine has is enough to show.
            world.messages("no node was asked: \(problem)")
            there = []
        }
        var best = here
        for copy in there where copy.run.journal.lines.count > (best?.journal.lines.count ?? 0) { best = copy.run }
        guard let best else {
            throw Problem(
                "KUP-E120", "no run is called \(name)", because: ["neither here nor on a node that answers"],
                next: RunFolder.all(in: world.stateFolder).suffix(5).reversed().map { "kupgrade status \($0.run)" },
                status: .usage)
        }
        return Found(best: best, here: here, there: there)
    }

    /// Copies on nodes; none where there is no cluster file.
    private func nodes(_ name: String) async throws -> [RunCopies.Copy] {
        guard let file = try ClusterFileLocation.load(option: cluster, world: world, isOptional: true) else {
            return []
        }
        return try await LiveWorld(world: world, file: file).connected { connected in
            let sessions = try await connected.observe(at: world.now()).ways.sessions
            var copies: [RunCopies.Copy] = []
            for (node, session) in sessions.sorted(by: { $0.key < $1.key }) {
                if let run = try? await FoundRuns(session).load(name) {
                    copies.append(.init(place: node.text, run: run))
                }
            }
            return copies
        }
    }
}
