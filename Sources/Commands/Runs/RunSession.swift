import Actions
import Backups
import KubernetesClient
import NodeAccess
import Observation
import Plans
import RunEngine
import Synchronization
import Terminal
import UpgradePlanning

/// Performs one run over standing connections, and says how it ended.
struct RunSession: Sendable {
    let world: World
    let file: ClusterFile
    let cluster: Looking
    let sessions: [NodeName: any NodeSession]
    /// `nil` where none answers.
    let apiServer: APIServerAccess?
    let source: ArchiveSource?
    /// For an upgrade; `nil` in a run of another kind.
    var means: ApplyPerformer.Means?
    /// Answers every question of a plan by itself.
    let isUnattended: Bool
    /// Nodes that are gone.
    var without: Set<String> = []

    static func operatorName(_ world: World) -> String {
        "\(world.environment["USER"] ?? (world.userID == 0 ? "root" : "\(world.userID)"))@\(HostName.own)"
    }

    /// Goes on from where the journal ends. `lock`: where it was taken before. Throws ``Problem`` where it did not end well.
    func go(
        _ folder: RunFolder, _ plan: Plan, opening events: [RunEvent], lock: RunProcessLock? = nil
    ) async throws {
        let lock = try lock ?? RunProcessLock(folder)
        defer { withExtendedLifetime(lock) {} }
        let named = Dictionary(uniqueKeysWithValues: sessions.map { ($0.key.text, $0.value) })
        let mirrors = NodeMirrors(
            run: folder.run, holder: Self.operatorName(world), sessions: named, state: world.stateFolder,
            apiServer: firstAPIServer(),
            isComplete: sessions.count == file.nodes.count, without: without, now: world.now)
        let board = RunBoard(world: world)
        let isGivenUp = RunState(plan, events: ((try? folder.load())?.journal.events ?? []) + events).isGivenUp
        let executor = self.executor(folder.run, plan, mirrors, named, board, isGivenUp)
        let ending: RunMachine.Ending
        do {
            var writer = try JournalWriter(folder)
            for event in events { try writer.append(event, at: world.now().description) }
            // Gone on with, the nodes have it; one that does not answer now gets its journal when a step needs it.
            let isNew = if case .opened = events.first { true } else { false }
            let bytes = try folder.read(RunFolder.planFile) ?? RunFolder.bytes(of: plan)
            let journal = writer
            let epoch = journal.journal.lines.count
            ending = try await board.during {
                try await mirrors.put(plan: bytes, epoch: epoch, isNeeded: isNew)
                let ending = try await executor.run(journal)
                return try await closeWhereNotBegun(ending, folder, executor, mirrors)
            }
        } catch let error as RunError {
            var problem = Problem(run: error, folder.run)
            problem.state +=
                (try? await RunEnd(world: world, folder: folder, plan: plan, sessions: named).state()) ?? []
            throw problem
        }
        // A rollback of one that is given up needs its archive.
        if [.done, .undone].contains(ending), plan.kind == .upgrade {
            RunBackup(world: world, file: file, run: folder.run, signingKey: "").release()
        }
        if case .failed(let step, let why) = ending, let means {
            var hook = RunHook(.onFailure, run: folder.run, cluster: plan.cluster)
            hook.step = step
            hook.node = plan.steps.first { $0.id == step }?.node
            hook.reason = why
            _ = await means.hook(hook)
        }
        try await RunEnd(world: world, folder: folder, plan: plan, sessions: named).report(ending)
        if ending == .undone, plan.kind == .upgrade, let state = (try? folder.load())?.state {
            try await AfterUndo.check(state, without: without, gates, world)
        }
    }

    /// A run that did not get its locks has done nothing, and is not left open.
    private func closeWhereNotBegun(
        _ ending: RunMachine.Ending, _ folder: RunFolder, _ executor: Executor, _ mirrors: NodeMirrors
    ) async throws -> RunMachine.Ending {
        guard case .failed(let id, _) = ending, let refusal = await mirrors.refused, let run = try? folder.load(),
            run.plan.steps.first(where: { $0.id == id })?.action == .lock,
            run.plan.steps.prefix(while: { $0.id != id }).allSatisfy(\.action.isHarmless)
        else { return ending }
        var writer = try JournalWriter(folder)
        try writer.append(.turnedBack(by: Self.operatorName(world)), at: world.now().description)
        let end = try await executor.run(writer)
        guard end == .undone else { return end }
        throw refusal
    }

    /// The one that was seen, once; then whichever answers.
    private func firstAPIServer() -> @Sendable () async -> APIServerAccess? {
        let (cluster, world) = (cluster, world)
        let seen = Mutex(apiServer)
        return {
            if let first = seen.withLock({ seen in
                defer { seen = nil }
                return seen
            }) {
                return first
            }
            return try? await cluster.observe(at: world.now()).ways.apiServer
        }
    }

    private var look: Gates.Look {
        let (world, cluster) = (world, cluster)
        return {
            let seen = try await cluster.observe(at: world.now())
            return (seen.observation.facts, seen.ways)
        }
    }

    private var gates: Gates { Gates(look: look) }

    private func executor(
        _ run: String, _ plan: Plan, _ mirrors: NodeMirrors, _ named: [String: any NodeSession], _ board: RunBoard,
        _ isGivenUp: Bool
    ) -> Executor {
        let (world, look, isUnattended, without) = (world, look, isUnattended, without)
        let origins = plan.restore?.origins ?? [:]
        let restore = RestorePerformer(source: source, sessions: named, origins: origins) { question in
            if isUnattended { return true }
            return try await board.quiet { try await Questions(world: world).yesInRun(question) }
        }
        let apply = means.map { means -> ApplyPerformer in
            var apply = ApplyPerformer(
                plan: plan, run: run, access: ClusterAccess(look: look, patience: isGivenUp ? 15 : 180),
                sessions: named, means: means,
                without: without, isStopping: { StopSwitch.isRequested })
            apply.isGivenUp = isGivenUp
            return apply
        }
        return Executor(
            plan: plan,
            performer: RunPerformer(
                restore: restore, apply: apply, mirrors: mirrors, gates: gates, without: without,
                isStopping: { StopSwitch.isRequested }),
            mirror: mirrors, watcher: board, now: { world.now().description }, isStopping: { StopSwitch.isRequested })
    }
}

/// Yes or no, by whoever is there.
struct Questions: Sendable {
    let world: World

    /// No where nobody is there.
    func yes(_ question: String) -> Bool {
        let answer = try? world.ask("\(question) [y/N] ")
        return ["y", "yes"].contains(answer?.lowercased() ?? "")
    }

    /// Throws ``RunError`` where nobody is there, and ``Abandoned`` where a person asks to stop instead.
    func yesInRun(_ question: String) async throws -> Bool {
        do {
            return ["y", "yes"].contains(try await world.askInRun("\(question) [y/N] ").lowercased())
        } catch Prompt.Failure.noTerminal {
            throw RunError(.cannotRead, "nobody is there to say yes; with --no-pause it goes on without asking")
        } catch Prompt.Failure.givenUp {
            throw Abandoned()
        } catch is Prompt.Failure {
            return false
        }
    }

    func isThere(_ name: String, _ question: String) -> Bool { (try? world.ask(question)) == name }
}

extension Action {
    /// It changes nothing in the cluster and nothing that runs.
    fileprivate var isHarmless: Bool {
        switch self {
        case .build, .copy, .prove: true
        default: false
        }
    }
}
