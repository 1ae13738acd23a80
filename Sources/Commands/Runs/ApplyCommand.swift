import Actions
import ArgumentParser
import FoundationEssentials
import NodeAccess
import Observation
import Plans
import RunEngine
import UpgradePlanning

/// `kupgrade apply`: performs a plan, node by node.
struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Upgrade the cluster: drain, activate, prove, uncordon, node by node.",
        discussion: """
            Plans, prints the plan, and performs it on a yes. Everything is built, copied
            and checked before the first node is touched, and a proven backup is made
            before the first cordon. Each node is drained within its budgets, its new
            system is activated under a guard that brings the old one back where the node
            is lost, and made the default only when the cluster is well with it. A plan
            that was written before (kupgrade plan --out FILE) is performed only where
            planning again gives the same.

            With --on NODE the run is handed over to that node once everything is built. It
            needs kupgrade, a cluster file and a signing key of its own, and must reach
            every other node without anybody's agent. What it says is shown here for as
            long as this machine is there; Ctrl-C ends the showing and not the run.

            From the step on that ends the free way back (--accept way-back) only a restore
            brings the old version back.

            EXIT STATUS
              0   done, or nothing to do          1   failed, the run is open
              11  another run is open             20  refused, nothing was touched
              21  the plan is stale               130 stopped, the run is open
            """)

    @OptionGroup var options: ClusterOptions
    @OptionGroup var target: TargetOptions
    @OptionGroup var applyOptions: ApplyOptions

    @Argument(help: "A plan that kupgrade plan --out wrote.")
    var plan: String?

    @Flag(help: "Do it without asking; the end of the free way back must still be accepted by name.")
    var yes = false

    @Option(
        help: "way-back: from a step on only a restore brings the old version back; or the code of a loss, as KUP-P082."
    )
    var accept: [String] = []

    @Option(
        help: ArgumentHelp(
            "Have this node perform it, under systemd, and follow: this machine may go.", valueName: "node"))
    var on: String?

    @Option(help: "Seconds that a node's drain may take.")
    var drainLimit: Int?

    @Option(help: "Seconds that gates are waited for.")
    var gateLimit: Int?

    @Option(help: "Seconds after which the guard asks a node that nobody has proven.")
    var guardLimit: Int?

    /// For a rollback.
    @Flag(help: .hidden)
    var olderPatches = false

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        try RestoreCommand.refuseOpenRun(world)
        let file = try ClusterFileLocation.load(option: options.cluster, world: world)
        let confirmed = try plan.map { try PlanFile.read(world.absolute($0), world) }
        let target = try self.target(of: confirmed)
        let observer = try built(target, file, world)
        try target.check(nodes: file.nodes.map(\.name))
        // Nix needs this host, looking needs the nodes: both at once.
        async let offered = observer.offers(nodes: file.nodes.map(\.name))
        let offers = try await offered
        let live = LiveWorld(world: world, file: file)
        try await live.connected { cluster in
            let seen = try await cluster.observe(at: world.now())
            let facts = live.withArchives(seen.observation.facts)
            var request = PlanRequest(facts: facts, channel: try await observer.bridged(offers, from: facts))
            request.policy = try policy(file, world)
            let plan = Planner.plan(request)
            world.output(PlanView(plan: plan, request: request, style: world.outputStyle).text())
            guard
                try ApplyChecks(plan: plan, confirmed: confirmed, accepted: Set(accept), yes: yes, world: world).pass()
            else { return }
            try await RestoreCommand.refuseForeignRuns(seen.ways, world)
            let stamp = world.now().description.filter { $0 != "-" && $0 != ":" }
            let folder = RunFolder(state: world.stateFolder, run: "upgrade-\(stamp)")
            if let on {
                let hooks = Hooks(folder: file.hooks, world: world)
                let handOver = RunHandOver(
                    world: world, run: folder.run, plan: plan, options: handedOptions,
                    hooks: RunHook.Point.allCases.filter(hooks.has).map(\.rawValue),
                    nix: applyOptions.means(file, folder.run, observer, cluster, world).nix)
                return try await handOver.go(on, await cluster.standing())
            }
            try RunBackup(world: world, file: file, run: folder.run, signingKey: applyOptions.signingKey).check()
            let means = applyOptions.means(file, folder.run, observer, cluster, world)
            let digest: String
            do {
                digest = try folder.write(plan)
                try RunInputs().save(folder)
            } catch let error as RunError {
                throw Problem(run: error, folder.run)
            }
            let session = RunSession(
                world: world, file: file, cluster: cluster,
                sessions: await cluster.standing(), apiServer: seen.ways.apiServer, source: nil, means: means,
                isUnattended: true)
            try await session.go(
                folder, plan, opening: [.opened(run: folder.run, plan: digest, by: RunSession.operatorName(world))])
        }
    }

    /// A plan that was written is for the target that it was made for, unless another is named here.
    private func target(of confirmed: Plan?) throws -> TargetOptions {
        guard !target.isNamed, let words = confirmed?.target, !words.isEmpty else { return target }
        var planned = try TargetOptions.parse(words)
        planned.build = planned.build || target.build
        planned.offline = planned.offline || target.offline
        return planned
    }

    /// What of this command's options is for whoever performs it.
    private var handedOptions: [String] {
        ["--signing-key", applyOptions.signingKey] + applyOptions.deletePod.flatMap { ["--delete-pod", $0] }
    }

    /// Systems are built before anything is planned: what would be activated is compared and asked itself, a flag that its
    /// kubelet does not know is found now, and the plan has every store path.
    private func built(_ target: TargetOptions, _ file: ClusterFile, _ world: World) throws -> ChannelObserver {
        var observer = try target.observer(file, world: world)
        if target.to == nil, target.closure.isEmpty {
            observer.isBuilding = true
            world.messages("building the systems of \(Amount.count(file.nodes.count, "node"))")
        }
        return observer
    }

    private func policy(_ file: ClusterFile, _ world: World) throws -> PlanPolicy {
        let hooks = Hooks(folder: file.hooks, world: world)
        guard hooks.has(.pauseGitOps) == hooks.has(.resumeGitOps) else {
            throw Problem(
                "KUP-E125", "what pauses Git's deployments and what lets them go on belong together",
                because: ["\(file.hooks ?? "the hooks' folder") has only one of pause-gitops and resume-gitops"],
                state: ["nothing was touched"], status: .refused)
        }
        var policy = PlanPolicy(hooks: hooks)
        policy.takesOlderPatches = olderPatches
        if let drainLimit { policy.drainSeconds = drainLimit }
        if let gateLimit { policy.gateSeconds = gateLimit }
        if let guardLimit { policy.guardSeconds = guardLimit }
        return policy
    }
}

/// What apply and a resumed upgrade need beyond the plan.
struct ApplyOptions: ParsableArguments {
    @Option(help: "This host's signing key, for the backup.")
    var signingKey = BackupSettings.signingKeyPath

    @Option(
        help: ArgumentHelp(
            "Delete this pod where its budget does not let it go; can be given again.", valueName: "namespace/name"))
    var deletePod: [String] = []

    func means(
        _ file: ClusterFile, _ run: String, _ observer: ChannelObserver?, _ cluster: Looking, _ world: World
    ) -> ApplyPerformer.Means {
        let backup = RunBackup(world: world, file: file, run: run, signingKey: signingKey)
        let nix = NixWork(
            ssh: SSHSettings(configFile: file.sshConfig), network: observer?.isOffline == true ? .offline : .online,
            input: file.channel.input)
        return ApplyPerformer.Means(
            nix: nix, freshLogin: { try await cluster.cluster.freshLogin(to: $0) },
            backUp: { try await backup.make($0) },
            hook: { hook in await Hooks(folder: file.hooks, world: world).ask(hook) }, deletedPods: Set(deletePod),
            isAlone: !world.isTerminal)
    }
}

/// A plan as `kupgrade plan --out` wrote it.
enum PlanFile {
    private static let limit = 64 << 20

    /// Throws ``Problem``.
    static func read(_ path: String, _ world: World) throws -> Plan {
        let bytes = try OwnedFile.read(path, caller: world.userID, limit: limit, what: "plan")
        struct Head: Decodable { var schema: Int }
        if let head = try? JSONDecoder().decode(Head.self, from: Data(bytes)), head.schema > Plan.currentSchema {
            throw Problem(
                "KUP-E124", "\(path) is a plan of a newer kupgrade",
                because: ["it has schema \(head.schema), and this kupgrade reads up to \(Plan.currentSchema)"],
                next: ["kupgrade plan --out upgrade.json"], status: .usage)
        }
        guard let plan = try? JSONDecoder().decode(Plan.self, from: Data(bytes)) else {
            throw Problem(
                "KUP-E124", "\(path) is no plan", next: ["kupgrade plan --out upgrade.json"], status: .usage)
        }
        return plan
    }
}

extension PlanPolicy {
    /// What deploys from Git is paused where the user has a program for that.
    init(hooks: Hooks) {
        self.init()
        if hooks.has(.pauseGitOps) { gitOpsHook = RunHook.Point.pauseGitOps.rawValue }
    }
}
