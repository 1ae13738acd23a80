import Actions
import ArgumentParser
import Backups
import NixOS
import NodeAccess
import Plans
import RunEngine
import UpgradePlanning

/// `kupgrade rollback`: goes back to what ran before an upgrade that has ended.
struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Go back to what ran before an upgrade that has ended.",
        discussion: """
            Says first what going back means. Where the way back is free, hosts get their
            old systems again, node by node, as in an upgrade. Where a new minor of the
            apiserver has written, etcd is restored from the archive that the upgrade made,
            with every apiserver and kubelet stopped meanwhile: what was written since is
            lost, and the cluster's name must be typed (in scripts: --accept NAME). An
            identity that opens the archive is needed then.

            For a run that is still open see undo.
            """)

    @OptionGroup var options: ClusterOptions
    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var applyOptions: ApplyOptions

    @Argument(help: "The upgrade's run; default: the newest one of this machine.")
    var run: String?

    @Flag(help: "Do it without asking; loss must still be accepted by name.")
    var yes = false

    @Option(help: "The cluster's name, or the code of a refusal or a loss; can be given again.")
    var accept: [String] = []

    @Flag(help: "Start controllers and kubelets without asking in between.")
    var noPause = false

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        try RestoreCommand.refuseOpenRun(world)
        let point = try await point(world)
        switch point.wayBack {
        case .free:
            world.output(
                "The way back of \(point.run) is free: hosts get the systems of before, and nothing is lost.\n")
            try await activate(point, world)
        case .needsRestore where !point.movesEtcd:
            try await restore(point, world)
        case .needsRestore, .etcdStep:
            throw Problem(
                "KUP-E129", "\(point.run) has moved etcd, too: kupgrade does not go back over that",
                because: ["the old etcd does not start on what the new one wrote"], state: ["nothing was touched"],
                next: [
                    "etcdctl downgrade enable 3.X  # from etcd 3.6 on, with all members healthy; then plan with the old etcd",
                    "kupgrade restore \(point.archive ?? "ARCHIVE")  # with the old systems booted",
                ], status: .refused)
        case .oneWay(let reason):
            throw Problem(
                "KUP-E129", "\(point.run) has no way back", because: [reason], state: ["nothing was touched"],
                next: ["kupgrade restore \(point.archive ?? "ARCHIVE")  # with the old systems booted"],
                status: .refused)
        }
    }

    private func point(_ world: World) async throws -> RollbackPoint {
        let upgrades = RunFolder.all(in: world.stateFolder).map(\.run).filter { $0.hasPrefix("upgrade-") }
        guard let name = run ?? upgrades.last else {
            throw Problem(
                "KUP-E120", "this machine has driven no upgrade", next: ["kupgrade rollback RUN"], status: .usage)
        }
        let found = try await RunReporter(world: world, cluster: options.cluster).find(name, isHereEnough: true)
        guard let point = RollbackPoint(found.best, named: name) else {
            throw Problem(
                "KUP-E120", "\(name) has activated nothing that could be taken back", status: .usage)
        }
        return point
    }

    /// As an upgrade to the closures of before.
    private func activate(_ point: RollbackPoint, _ world: World) async throws {
        let systems = try await fetched(point, world)
        var words = systems.sorted { $0.key < $1.key }.flatMap { ["--closure", "\($0.key)=\($0.value)"] }
        words.append("--older-patches")
        words += accept.flatMap { ["--accept", $0] } + (yes ? ["--yes"] : [])
        words += ["--signing-key", applyOptions.signingKey] + (options.cluster.map { ["--cluster", $0] } ?? [])
        try await ApplyCommand.parse(words).run(in: world)
    }

    /// A system for each node: of before, or what it has, where the upgrade left it alone. Closures that this host has lost,
    /// or never had, come from the hosts that keep them.
    private func fetched(_ point: RollbackPoint, _ world: World) async throws -> [String: String] {
        let file = try ClusterFileLocation.load(option: options.cluster, world: world)
        let nix = NixWork(ssh: SSHSettings(configFile: file.sshConfig), network: .offline, input: file.channel.input)
        return try await LiveWorld(world: world, file: file).observe { facts, ways in
            var systems: [String: String] = [:]
            for node in facts.nodes {
                let name = node.name.text
                guard let path = point.systems[name] ?? node.host.value?.generations.current?.text,
                    let session = ways.sessions[node.name]
                else { continue }
                do {
                    try await nix.fetch(path, from: session)
                } catch {
                    throw Problem(
                        "KUP-E129", "the system of \(name) is not to be had from there", because: ["\(error)"],
                        state: ["nothing was touched"], status: .unreachable)
                }
                systems[name] = path
            }
            return systems
        }
    }

    private func restore(_ point: RollbackPoint, _ world: World) async throws {
        guard let archive = point.archive else {
            throw Problem(
                "KUP-E129", "\(point.run) has made no archive", next: ["kupgrade backup list"], status: .refused)
        }
        let choice = try ArchiveChoice(archive, options, archiveOptions, world)
        let identities = try archiveOptions.identities(world)
        let content = try choice.inspect(identities)
        var restoring = Restoring(
            world: world, choice: choice, content: content, identities: identities,
            identityPath: archiveOptions.identity.map { world.absolute($0) })
        restoring.accept = Set(accept)
        restoring.yes = yes
        restoring.noPause = noPause
        restoring.wholeCluster = true
        for (node, path) in point.systems {
            guard let name = NodeName(node) else { continue }
            restoring.systems[name] = SystemTarget(
                source: "what \(node) ran before \(point.run)", kubernetes: point.kubernetes, toplevel: path)
        }
        let applyOptions = applyOptions
        restoring.means = { run, cluster in applyOptions.means(choice.file, run, nil, cluster, world) }
        world.output(
            "The way back of \(point.run) needs etcd as it was at \(choice.entry.createdAt): what was written since is lost.\n"
        )
        if !point.booted.isEmpty {
            world.output(
                "\(point.booted.sorted().joined(separator: ", ")) booted into the new system, and go back without a boot: "
                    + "boot them when it is done.\n")
        }
        try await restoring.run()
        try await resumeGitOps(of: point, choice.file, world)
    }

    /// The archive was made while what deploys from Git was paused by that run, and so it is paused again.
    private func resumeGitOps(of point: RollbackPoint, _ file: ClusterFile, _ world: World) async throws {
        let answer = await Hooks(folder: file.hooks, world: world).ask(
            RunHook(.resumeGitOps, run: point.run, cluster: file.name))
        let why: String
        switch answer {
        case .goOn: return
        case .later(let reason), .stop(let reason): why = reason
        }
        throw Problem(
            "KUP-E131", "the way back is gone, and what deploys from Git is still paused by \(point.run)",
            because: [why], state: ["the cluster serves"],
            next: ["the hook resume-gitops, once more  # with the run's name"], status: .partial)
    }
}
