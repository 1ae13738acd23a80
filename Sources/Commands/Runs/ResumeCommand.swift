import Actions
import ArgumentParser
import Backups
import NodeAccess
import Observation
import Plans
import RunEngine
import UpgradePlanning

/// `kupgrade resume`: goes on with a run that was cut off.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with a run that was cut off.",
        discussion: """
            Reads the run's journal here and on every node that answers, asks the world
            what is already so, and goes on from there. A run of another machine is taken
            over with --take-over, when that machine has been silent for a while.
            """)

    @OptionGroup var options: RunOptions

    @Flag(help: "Say whether it could go on from here, and do nothing.")
    var check = false

    @Option(
        help: ArgumentHelp(
            "With --check: refuse where this machine has no hook for this point; can be given again.",
            valueName: "point"))
    var needHook: [String] = []

    func run() async throws {
        try await options.go(.resumed(by: ""), checkFor: check ? needHook : nil, in: options.cluster.world)
    }
}

/// `kupgrade undo`: takes the steps of a run back.
struct UndoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Take back what an open run did.",
        discussion: """
            Steps are taken back from the last one to the first: data and keys of before
            come back to their places, and what ran before runs again. Not possible after
            the commit of a restore, nor once a new apiserver has served.

            A run that can neither be taken back nor come to its end is given up
            (--give-up): guards, cordons, stopped timers and locks go, nodes of before that
            point go back, those behind it keep the system they have. Then rollback or plan
            can go on from there.
            """)

    @OptionGroup var options: RunOptions

    @Flag(help: "Of an upgrade that cannot be taken back: take back all but the systems of nodes that cannot.")
    var giveUp = false

    func run() async throws {
        let event: RunEvent = giveUp ? .givenUp(by: "") : .turnedBack(by: "")
        try await options.go(event, in: options.cluster.world)
    }

    /// For whoever can go neither way.
    static func giveUpHint(_ run: String) -> String {
        "kupgrade undo \(run) --give-up  # where it can never end: says first what way back there is then"
    }
}

/// What resume and undo take.
struct RunOptions: ParsableArguments {
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var applyOptions: ApplyOptions

    @Argument(help: "The run; default: the one that is open.")
    var run: String?

    @Option(help: "The sealed archive's path, where it is not where it was.")
    var archive: String?

    @Flag(help: "Take over a run of another machine.")
    var takeOver = false

    @Option(
        help: "Leave this node out, which is gone; can be given again. To resume a restore, no member of etcd.")
    var without: [String] = []

    @Flag(help: "Do it without asking.")
    var yes = false

    @Option(
        help: ArgumentHelp(
            "The digest, or its beginning, of another machine's plan that --yes agrees to.", valueName: "digest"))
    var accept: String?

    @Flag(help: "Start controllers and kubelets without asking in between.")
    var noPause = false

    func go(_ event: RunEvent, checkFor hooks: [String]? = nil, in world: World) async throws {
        let isGivenUp = if case .givenUp = event { true } else { false }
        let isUndo = if case .turnedBack = event { true } else { isGivenUp }
        let local = try RunFinder.local(run, world)
        let inputs = local.map { RunInputs.load($0) } ?? RunInputs()
        let file = try clusterFile(inputs, world)
        try await LiveWorld(world: world, file: file).connected { connected in
            let seen = try await connected.observe(at: world.now())
            let finder = RunFinder(world: world, sessions: seen.ways.sessions, apiServer: seen.ways.apiServer)
            if let hooks {
                return try RunReadiness(
                    file: file, run: try await finder.find(local, named: run), signingKey: applyOptions.signingKey,
                    hooks: hooks, world: world
                ).check(seen.ways.sessions)
            }
            let (found, lock) = try await taken(local, finder, world)
            let folder = try TakeOver(world: world, isAllowed: takeOver, isAgreed: yes, accept: accept).adopt(found)
            let opening =
                isGivenUp
                ? try await givingUp(found, seen.ways, world)
                : isUndo ? try await turningBack(found, seen, world) : try await goingOn(found, seen, world)
            let isUpgrade = found.run.plan.kind == .upgrade
            // A rollback restores and activates.
            let activates = found.run.plan.steps.contains { if case .activate = $0.action { true } else { false } }
            // What does not answer now may come back while an upgrade goes on; a restore waits for nothing.
            let missing = isUpgrade ? [] : Set(file.nodes.map(\.name)).subtracting(seen.ways.sessions.keys)
            let session = RunSession(
                world: world, file: file, cluster: connected,
                sessions: await connected.standing(without: Set(without).union(missing.map(\.text))),
                apiServer: seen.ways.apiServer, source: try source(inputs, found.run, world),
                means: isUpgrade || activates ? applyOptions.means(file, found.name, nil, connected, world) : nil,
                isUnattended: noPause, without: isUndo ? Set(without) : try leftOut(found.run))
            try await session.go(folder, found.run.plan, opening: opening, lock: lock)
        }
    }

    /// The run as it is while no other process of this machine goes on with it. Throws ``Problem`` where one does.
    private func taken(
        _ local: RunFolder?, _ finder: RunFinder, _ world: World
    ) async throws -> (RunFinder.Found, RunProcessLock) {
        let name = if let local { local.run } else { try await finder.find(nil, named: run).name }
        let lock = try RunProcessLock(RunFolder(state: world.stateFolder, run: name))
        return (try await finder.find(local, named: name), lock)
    }

    /// What the journal says before a run goes on. One that was being taken back and cannot be goes on to the end.
    ///
    /// Throws ``Problem`` before anything is done or written down.
    private func goingOn(
        _ found: RunFinder.Found, _ seen: (observation: ClusterObserver.Observation, ways: ClusterObserver.Ways),
        _ world: World
    ) async throws -> [RunEvent] {
        let run = found.run
        try RunAge.refuseStale(run, now: world.now())
        try refuseRebuilds(found, seen.observation.facts)
        let me = RunSession.operatorName(world)
        guard run.state.isTurnedBack, !run.state.isGivenUp, let barrier = try await barrier(found, seen.ways) else {
            let stale = run.state.isTurnedBack ? [] : RunAge.staleBackUps(run, now: world.now())
            if !stale.isEmpty { world.messages("the archive of this run is old: another one is made first") }
            return [.resumed(by: me)] + stale.map { .undone(step: $0, detail: "its archive is too old") }
        }
        world.output("\(barrier.step.id) cannot be taken back (\(barrier.why)): the run goes on to the end.\n")
        guard yes || Questions(world: world).yes("Go on?") else { throw Self.nobodySaidYes }
        return [.turnedForward(by: me), .resumed(by: me)]
    }

    /// Why it cannot be taken back: by its journal, or by what a node says. One that does not answer says nothing.
    private func barrier(
        _ found: RunFinder.Found, _ ways: ClusterObserver.Ways
    ) async throws -> (step: Step, why: String)? {
        if let known = found.run.state.barrier { return known }
        let named = Dictionary(uniqueKeysWithValues: ways.sessions.map { ($0.key.text, $0.value) })
        let said = try await ApplyPerformer.barrier(
            found.run.state, run: found.name, sessions: named, without: Set(without))
        return said.flatMap { $0.hasServed ? ($0.step, $0.why) : nil }
    }

    /// A restore must not start what somebody's rebuild is about to stop, and the other way round.
    private func refuseRebuilds(_ found: RunFinder.Found, _ facts: ClusterFacts) throws {
        guard found.run.plan.kind == .restore else { return }
        for node in facts.nodes {
            // The run's own activation goes on.
            let isOwn = node.host.value?.activeUnits.contains { $0.hasPrefix("kupgrade-\(found.name)-") } ?? false
            guard !isOwn, let rebuilder = node.host.value?.rebuilders.first else { continue }
            throw Problem(
                "KUP-E110", "\(node.name) is being rebuilt", because: ["\(rebuilder) runs there"],
                state: ["nothing was done"], next: ["kupgrade resume  # when it has ended"], status: .locked)
        }
    }

    /// What the journal says before a run is taken back. Throws ``Problem`` before anything is done or written down.
    private func turningBack(
        _ found: RunFinder.Found, _ seen: (observation: ClusterObserver.Observation, ways: ClusterObserver.Ways),
        _ world: World
    ) async throws -> [RunEvent] {
        let turned = RunEvent.turnedBack(by: RunSession.operatorName(world))
        var state = found.run.state
        guard !state.isTurnedBack else {
            return state.isGivenUp ? [.resumed(by: RunSession.operatorName(world))] : [turned]
        }
        var events: [RunEvent] = []
        if let step = try await Gates(look: { (seen.observation.facts, seen.ways) }).unreplaced(state) {
            events.append(.undone(step: step, detail: "etcd still has the lost member"))
            state = RunState(found.run.plan, events: found.run.journal.events + events)
        }
        try Self.refuse(state.barrier, found)
        try confirmUndo(state, world)
        let named = Dictionary(uniqueKeysWithValues: seen.ways.sessions.map { ($0.key.text, $0.value) })
        let said = try await ApplyPerformer.barrier(state, run: found.name, sessions: named, without: Set(without))
        try Self.refuse(said.map { ($0.step, $0.why) }, found)
        return [turned] + events
    }

    /// What the journal says before a run is given up. Throws ``Problem`` before anything is done or written down.
    private func givingUp(
        _ found: RunFinder.Found, _ ways: ClusterObserver.Ways, _ world: World
    ) async throws -> [RunEvent] {
        let me = RunSession.operatorName(world)
        let state = found.run.state
        guard !state.isGivenUp else { return [.resumed(by: me)] }
        guard found.run.plan.kind == .upgrade else {
            throw Problem(
                "KUP-E118", "only an upgrade can be given up", state: ["nothing was done"],
                next: ["kupgrade resume \(found.name)", "kupgrade undo \(found.name)"], status: .usage)
        }
        let named = Dictionary(uniqueKeysWithValues: ways.sessions.map { ($0.key.text, $0.value) })
        let said = try await ApplyPerformer.barrier(
            state, run: found.name, sessions: named, without: Set(without), stops: false)
        guard let barrier = state.barrier ?? said.map({ ($0.step, $0.why) }) else {
            throw Problem(
                "KUP-E118", "\(found.name) can be taken back as a whole, and need not be given up",
                state: ["nothing was done"], next: ["kupgrade undo \(found.name)"], status: .refused)
        }
        if let silent = state.standingNodes.first(where: { named[$0] == nil && !without.contains($0) }) {
            throw Problem(
                "KUP-E118", "\(silent) does not answer, and its guard cannot be asked", state: ["nothing was done"],
                next: ["kupgrade undo \(found.name) --give-up --without \(silent)  # where it is gone"],
                status: .refused)
        }
        world.output("\(barrier.step.id) cannot be taken back: \(barrier.why).\n")
        world.output("Guards, cordons, stopped timers and locks of the run go, and what was not activated goes back.\n")
        if !state.keptNodes.isEmpty {
            world.output("\(state.keptNodes.joined(separator: ", ")) are done, and keep the new system.\n")
        }
        for node in state.standingNodes {
            world.output("\(node) is left as it is: with the new system, which is not proven, or held by its guard.\n")
        }
        for line in RollbackPoint.words(found.run, named: found.name) { world.output(line + "\n") }
        guard yes || Questions(world: world).yes("Give it up?") else { throw Self.nobodySaidYes }
        return [.givenUp(by: me)]
    }

    /// Throws ``Problem`` for a member, without which the restore would be another one.
    private func leftOut(_ run: LoadedRun) throws -> Set<String> {
        for step in run.plan.steps {
            guard let node = step.node, without.contains(node), case .restore(let action) = step.action else {
                continue
            }
            switch action {
            case .makeData, .swapData, .setAside, .join:
                throw Problem(
                    "KUP-E118", "\(node) is a member of etcd and cannot be left out", state: ["nothing was done"],
                    next: ["kupgrade undo --without \(node)  # takes the run back on the others"], status: .usage)
            default: continue
            }
        }
        return Set(without)
    }

    private func confirmUndo(_ state: RunState, _ world: World) throws {
        world.output("What is done is taken back, the last step first.\n")
        if !state.keptNodes.isEmpty {
            world.output("\(state.keptNodes.joined(separator: ", ")) are done, and keep the new system.\n")
        }
        if RunAge.hasServed(state) {
            world.output(
                "etcd was started: what was written to the restored cluster is kept on its hosts, and not served.\n")
        }
        for node in without {
            world.output("\(node) is left out: what is held or was moved there stays so.\n")
        }
        guard yes || Questions(world: world).yes("Take it back?") else { throw Self.nobodySaidYes }
    }

    static let nobodySaidYes = Problem(
        "KUP-E119", "nobody said yes", state: ["nothing was done"], next: ["--yes  # in scripts"],
        status: .refused)

    private static func refuse(_ barrier: (step: Step, why: String)?, _ found: RunFinder.Found) throws {
        guard let barrier else { return }
        throw Problem(
            "KUP-E113", "\(barrier.step.id) cannot be taken back, so nothing is", because: [barrier.why],
            state: ["nothing was done"],
            next: ["kupgrade resume  # goes on to the end"]
                + (found.run.plan.kind == .upgrade ? [UndoCommand.giveUpHint(found.name)] : [])
                + (barrier.step.node.map { ["--without \($0)  # with either, where that node is gone"] } ?? []),
            status: .refused)
    }

    private func clusterFile(_ inputs: RunInputs, _ world: World) throws -> ClusterFile {
        let file = try ClusterFileLocation.load(option: cluster.cluster, world: world, isOptional: inputs.alone != nil)
        if let file { return file }
        let name = inputs.alone.flatMap { NodeName($0) }
        return ClusterFile(
            path: "", name: "",
            nodes: name.map {
                [.init(name: $0, addresses: [NodeEndpoint.localAddress], user: nil, become: .none, collect: nil)]
            } ?? [], channel: .init(flake: nil, input: "nixpkgs", nixpkgs: nil, bridges: [:]))
    }

    /// `nil` where the archive is not at hand: steps that need it say so.
    private func source(_ inputs: RunInputs, _ run: LoadedRun, _ world: World) throws -> ArchiveSource? {
        guard let path = archive.map({ world.absolute($0) }) ?? inputs.archive, StandardFiles.exists(path),
            archiveOptions.identity != nil || inputs.identity.map(StandardFiles.exists) == true
        else { return nil }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let goal = run.plan.restore, name == goal.archive + ArchiveNames.sealed else {
            throw Problem(
                "KUP-E118", "\(name) is not the archive of this run",
                because: ["it restores \(run.plan.restore?.archive ?? "nothing")"], status: .usage)
        }
        let identities = try archiveOptions.identities(world, or: inputs.identity)
        return ArchiveSource(path: path, key: .identities(identities))
    }
}
