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
            Reads the run's journal here and on every node that answers, asks the world what is already so, and goes on from
            there. A run of another machine is taken over with --take-over, when that machine has been silent for a while.
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
            Steps are taken back from the last one to the first: data and keys of before come back to their places, and what
            ran before runs again. Not possible after the commit.
            """)

    @OptionGroup var options: RunOptions

    func run() async throws { try await options.go(.turnedBack(by: ""), in: options.cluster.world) }
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

    @Option(help: "Leave this node out, which is gone: no member of etcd; can be given again.")
    var without: [String] = []

    @Flag(help: "Do it without asking.")
    var yes = false

    @Flag(help: "Start controllers and kubelets without asking in between.")
    var noPause = false

    func go(_ event: RunEvent, checkFor hooks: [String]? = nil, in world: World) async throws {
        let isUndo = if case .turnedBack = event { true } else { false }
        let local = try RunFinder.local(run, world)
        let inputs = local.map { RunInputs.load($0) } ?? RunInputs()
        let file = try clusterFile(inputs, world)
        try await LiveWorld(world: world, file: file).connected { connected in
            let seen = try await connected.observe(at: world.now())
            let found = try await RunFinder(
                world: world, sessions: seen.ways.sessions, apiServer: seen.ways.apiServer
            ).find(local, named: run)
            if let hooks {
                return try RunReadiness(
                    file: file, run: found, signingKey: applyOptions.signingKey, hooks: hooks, world: world
                ).check(seen.ways.sessions)
            }
            let folder = try adopt(found, local, world)
            try check(found.run, isUndo: isUndo, cluster: file.name, world)
            if isUndo, !found.run.state.isTurnedBack {
                let named = Dictionary(uniqueKeysWithValues: seen.ways.sessions.map { ($0.key.text, $0.value) })
                let barrier = try await ApplyPerformer.barrier(
                    found.run.state, run: found.name, sessions: named, without: Set(without))
                try Self.refuse(barrier)
            }
            let me = RunSession.operatorName(world)
            let opening: RunEvent = isUndo ? .turnedBack(by: me) : .resumed(by: me)
            let isUpgrade = found.run.plan.kind == .upgrade
            // A rollback restores and activates.
            let activates = found.run.plan.steps.contains { if case .activate = $0.action { true } else { false } }
            let session = RunSession(
                world: world, file: file, cluster: connected,
                sessions: isUpgrade || activates ? await connected.standing(without: Set(without)) : seen.ways.sessions,
                apiServer: seen.ways.apiServer, source: try source(inputs, found.run, world),
                means: isUpgrade || activates ? applyOptions.means(file, found.name, nil, connected, world) : nil,
                isUnattended: noPause || yes, without: try leftOut(found.run))
            try await session.go(folder, found.run.plan, opening: [opening])
        }
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
                    next: ["kupgrade undo        takes the run back"], status: .usage)
            default: continue
            }
        }
        return Set(without)
    }

    /// Throws ``Problem`` before anything is done or written down.
    private func check(_ found: LoadedRun, isUndo: Bool, cluster: String, _ world: World) throws {
        let state = found.state
        guard isUndo else { return try RunAge.refuseStale(found, now: world.now()) }
        if !state.isTurnedBack { try Self.refuse(state.barrier) }
        guard state.isTurnedBack == false else { return }
        world.output("What is done is taken back, the last step first.\n")
        if !state.keptNodes.isEmpty {
            world.output("\(state.keptNodes.joined(separator: ", ")) are done, and keep the new system.\n")
        }
        if RunAge.hasServed(state) {
            world.output(
                "etcd was started: what was written to the restored cluster is kept on its hosts, and not served.\n")
        }
        guard yes || Questions(world: world).yes("Take it back?") else {
            throw Problem(
                "KUP-E119", "nobody said yes", state: ["nothing was done"], next: ["--yes        in scripts"],
                status: .refused)
        }
    }

    private static func refuse(_ barrier: (step: Step, why: String)?) throws {
        guard let barrier else { return }
        throw Problem(
            "KUP-E113", "\(barrier.step.id) cannot be taken back, so nothing is", because: [barrier.why],
            state: ["nothing was done"], next: ["kupgrade resume        goes on to the end"], status: .refused)
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

    /// The run's files here. One of another machine is shown and confirmed first.
    private func adopt(_ found: RunFinder.Found, _ local: RunFolder?, _ world: World) throws -> RunFolder {
        let folder = RunFolder(state: world.stateFolder, run: found.name)
        guard found.isElsewhere else { return folder }
        guard takeOver else {
            throw Problem(
                "KUP-E110", "\(found.name) is a run of \(found.by)",
                because: ["it was heard of \(found.silent) s ago"], state: ["nothing was done"],
                next: ["kupgrade resume \(found.name) --take-over        when that machine is gone"], status: .locked)
        }
        guard found.silent > RunFinder.patience else {
            throw Problem(
                "KUP-E110", "\(found.name) of \(found.by) is still alive",
                because: [
                    "it was heard of \(found.silent) s ago; it is taken over after \(RunFinder.patience) s of silence"
                ],
                state: ["nothing was done"], status: .locked)
        }
        world.output(RestorePlanView(plan: found.run.plan, style: world.outputStyle).text())
        guard yes || Questions(world: world).yes("This plan is gone on with. Take it over?") else {
            throw Problem(
                "KUP-E119", "nobody said yes", state: ["nothing was done"], next: ["--yes        in scripts"],
                status: .refused)
        }
        do {
            try folder.adopt(found.run)
        } catch {
            throw Problem(run: error, found.name)
        }
        return folder
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
