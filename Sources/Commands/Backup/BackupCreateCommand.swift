import Actions
import ArgumentParser
import Backups
import NodeAccess
import UpgradePlanning

/// `kupgrade backup create`: one archive, sealed, signed, read back and graded.
struct BackupCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an archive of etcd, the PKI and what else a rebuilt host needs.",
        discussion: """
            Reads a snapshot from one etcd member and files from every node, seals them to
            backup.recipients and signs them with this host's key. Nothing is written to a
            disk unsealed. The archive is read back from the disk, checked to its last byte
            and graded before it is listed: proven, checked, or suspect. Then it is sent to
            backup.replicas, and after a proven one, those that backup.retention no longer
            keeps are removed.

            Volumes are not in it: they are named at the end.

            EXIT STATUS
              0  proven, and at all replicas
              3  made, and not all of that (reasons are printed), as without etcd
              1  not made                   20 refused, or suspect

            EXAMPLES
              kupgrade key generate --signer --out /var/lib/kupgrade/signing.key
              kupgrade backup create
            """)

    @OptionGroup var options: ClusterOptions

    @Option(help: "This host's signing key.")
    var signingKey = BackupSettings.signingKeyPath

    @Flag(help: "The folder of archives has moved to another disk: use it as it is.")
    var newPlace = false

    @Flag(help: "The cluster was made anew: it need not be the one of the archives before.")
    var newCluster = false

    @Flag(inversion: .prefixedNo, help: "Send it to the replicas.")
    var replicas = true

    @Flag(inversion: .prefixedNo, help: "Remove what the retention no longer keeps.")
    var prune = true

    @Flag(help: "Restore it into a throw-away etcd on this host, with the one-time key of the read-back.")
    var drill = false

    @Flag(help: "For --drill: where memory has no room, use the disk, on which the data is unsealed meanwhile.")
    var onDisk = false

    @Option(
        help: "For --drill: the folder with etcd, etcdutl or etcdctl; default: that of this host's etcd unit, or PATH.")
    var etcd: String?

    @Flag(help: ArgumentHelp("Do not read it back; it is checked at most then.", visibility: .hidden))
    var skipReadBack = false

    @Flag(help: "Several hosts run this: make one only where no other host made one, by a Lease in kube-system.")
    var oneMaker = false

    @Option(
        help: ArgumentHelp(
            "etcd does not start: read its database from this node's disk, and grade the archive checked at most.",
            valueName: "node[:folder]"))
    var fromDataDir: String?

    @Option(help: "auto, json (a line each, on standard error) or none.")
    var progress: ProgressFormat = .auto

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output: OutputFormat = .text

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        let file = try ClusterFileLocation.load(option: options.cluster, world: world)
        let report = BackupReport(file: file, world: world)
        let start = ContinuousClock.now
        do {
            // Before anything is made: who cannot sign makes no folder either.
            try refuseUnknownSigner(file, world)
            try prepare(file, world)
            await report.begins()
            var run = try prepared(file, world)
            if drill {
                run.order.drill = (
                    try await Drills(world: world).etcd(etcd), DrillDisk(folder: world.stateFolder, isAllowed: onDisk)
                )
            }
            let outcome = try await run.run(sendsReplicas: replicas, prunes: prune)
            try show(outcome, run, world)
            await report.succeeded(outcome, seconds: (.now - start) / .seconds(1))
            if outcome.made.entry.grade == .suspect { throw VerbResult(status: .refused) }
            if outcome.isPartial { throw VerbResult(status: .partial) }
        } catch let error as BackupRun.NotOurTurn {
            // What other hosts brought here is thinned out here, too.
            let removed = prune ? Pruning.run(file, world).removed : []
            for name in removed { world.messages("removed \(name), which the retention no longer keeps") }
            world.messages("\(error.maker) makes the archives of \(file.name); nothing to do here")
        } catch let problem as Problem {
            await report.failed(problem, seconds: (.now - start) / .seconds(1))
            throw problem
        } catch is CancellationError {
            // In a task of its own: this one is cancelled, and somebody wants to hear of it all the same.
            let ended = Problem("KUP-E097", "the backup was ended before it was done", status: .interrupted)
            let seconds = (.now - start) / .seconds(1)
            await Task { await report.failed(ended, seconds: seconds) }.value
            throw CancellationError()
        }
    }

    private func prepared(_ file: ClusterFile, _ world: World) throws -> BackupRun {
        let settings = BackupSettings(file: file, world: world)
        let folder = try settings.folder()
        var order = try settings.order(
            signedBy: try settings.signingKey(world.absolute(signingKey)), isNewCluster: newCluster)
        order.isReadBack = !skipReadBack
        order.dataFolder = try dataFolder(file)
        return BackupRun(
            file: file, folder: folder, order: order, world: world,
            progress: BackupProgress(world: world, format: progress), isElected: oneMaker)
    }

    /// What it would make would be nobody's.
    private func refuseUnknownSigner(_ file: ClusterFile, _ world: World) throws {
        let settings = BackupSettings(file: file, world: world)
        let own = try settings.signingKey(world.absolute(signingKey)).signer
        guard !file.backup.signers.isEmpty, !(try settings.signers([]).contains(own)) else { return }
        throw Problem(
            "KUP-E094", "this host's key is not among backup.signers: what it makes would not be believed",
            next: ["backup: { signers: [..., \(own)] }  # in \(file.path); keep the old ones for their archives"],
            status: .refused)
    }

    private func dataFolder(_ file: ClusterFile) throws -> DataFolder? {
        guard let text = fromDataDir else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first.flatMap({ NodeName($0) }), file.nodes.contains(where: { $0.name == name }),
            parts.count == 1 || parts[1].hasPrefix("/")
        else {
            throw Problem(
                "KUP-E083", "--from-data-dir is NODE or NODE:/FOLDER, with a node of the cluster file", status: .usage)
        }
        return DataFolder(node: name, path: parts.count == 2 ? parts[1] : nil)
    }

    private func prepare(_ file: ClusterFile, _ world: World) throws {
        let folder = try BackupSettings(file: file, world: world).folder()
        do {
            try BackupPlace(folder: folder, cluster: file.name, world: world).enter(accepting: newPlace)
            let swept = folder.sweep(cluster: file.name, now: world.now().secondsSince1970)
            for name in swept { world.messages("removed \(name): it was left by a backup that did not end") }
            try makeRoom(folder, file, world)
        } catch {
            throw Problem(backup: error, folder.path)
        }
    }

    /// Else a full disk stays full: only what follows a new archive would empty the trash. Where there is room it stays, as
    /// long as nothing new is made.
    private func makeRoom(_ folder: ArchiveFolder, _ file: ClusterFile, _ world: World) throws {
        let largest = ((try? BackupCatalog(file: file, world: world).entries()) ?? []).map(\.size).max() ?? 0
        let (free, total) = folder.room()
        guard free < max(total / 10, 4 * largest) else { return }
        let grace = file.backup.trash.components.seconds
        for name in folder.emptyTrash(olderThan: grace, now: world.now().secondsSince1970) {
            world.messages("removed \(name) from the trash: there is little room")
        }
    }

    private func show(_ outcome: BackupRun.Outcome, _ run: BackupRun, _ world: World) throws {
        switch output {
        case .json: world.output(try JSONText.encode(outcome.made.entry))
        case .text:
            let signer = run.order.signingKey.signer.description
            world.output(
                BackupMadeView(
                    outcome: outcome, folder: run.folder.path,
                    isAccepted: run.file.backup.signers.contains { $0.contains(signer) }, signer: signer,
                    style: world.outputStyle
                ).text())
        }
    }
}
