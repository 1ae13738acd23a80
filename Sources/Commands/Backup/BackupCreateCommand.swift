import Actions
import ArgumentParser
import Backups
import UpgradePlanning

/// `kupgrade backup create`: one archive, sealed, signed, read back and graded.
struct BackupCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an archive of etcd, the PKI and what else a rebuilt host needs.",
        discussion: """
            Reads a snapshot from one etcd member and files from every node, seals them to backup.recipients and signs
            them with this host's key. Nothing is written to a disk unsealed. The archive is read back from the disk,
            checked to its last byte and graded before it is listed: proven, checked, or suspect.

            Volumes are not in it: they are named at the end.

            EXIT STATUS
              0  proven    3  made, and not proven (reasons are printed)    10  etcd could not be read
              20 refused, or suspect

            EXAMPLES
              kupgrade key generate --signer --out /var/lib/kupgrade/signing.key
              kupgrade backup create
            """)

    @OptionGroup var options: ClusterOptions

    @Option(help: "This host's signing key.")
    var signingKey = BackupSettings.signingKeyPath

    @Flag(help: "The folder of archives has moved to another disk: use it as it is.")
    var newPlace = false

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output: OutputFormat = .text

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        let file = try ClusterFileLocation.load(option: options.cluster, world: world)
        let settings = BackupSettings(file: file, world: world)
        let folder = try settings.folder()
        let order = BackupMaker.Order(
            cluster: file.name, folder: folder.path, recipients: try settings.recipients(),
            signingKey: try settings.signingKey(world.absolute(signingKey)), extra: file.extraFolders,
            madeBy: Kupgrade.version, now: world.now())
        try prepare(folder, file, world)
        let progress = BackupProgress(world: world)
        let made: BackupMaker.Made
        do {
            made = try await LiveWorld(world: world, file: file).observe { facts, ways in
                try BackupRoom(folder: folder, facts: facts).check()
                return try await BackupMaker(order, facts: facts, ways: ways, report: progress.show).make()
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Problem(backup: error, "the archive")
        }
        let signer = order.signingKey.signer.description
        switch output {
        case .json: world.output(try JSONText.encode(made.entry))
        case .text:
            world.output(
                BackupMadeView(
                    made: made, folder: folder.path, isAccepted: file.signers.contains { $0.contains(signer) },
                    signer: signer, style: world.outputStyle
                ).text())
        }
        switch made.entry.grade {
        case .proven: return
        case .checked: throw VerbResult(status: .partial)
        case .suspect: throw VerbResult(status: .refused)
        }
    }

    private func prepare(_ folder: ArchiveFolder, _ file: ClusterFile, _ world: World) throws {
        do {
            try BackupPlace(folder: folder, cluster: file.name, world: world).enter(accepting: newPlace)
            let swept = folder.sweep(cluster: file.name, now: world.now().secondsSince1970)
            for name in swept { world.messages("removed \(name): it was left by a backup that did not end") }
        } catch {
            throw Problem(backup: error, folder.path)
        }
    }
}

/// Whether there is room for one more archive: it never fills a disk that others live on.
struct BackupRoom {
    let folder: ArchiveFolder
    let facts: ClusterFacts

    /// Throws ``Problem`` when less than two archives, or a tenth of a disk that etcd may be on, would stay free.
    func check() throws {
        let (free, total) = folder.room()
        // Sealed and compressed it is smaller; how much is not known before.
        let size = facts.etcd.compactMap(\.status.value).map(\.databaseSizeInUse).max() ?? 0
        let onHost = facts.nodes.contains { $0.host.value?.isOperatorHost == true }
        let kept = max(2 * size, onHost ? total / 10 : 0)
        guard free - size < kept else { return }
        throw Problem(
            "KUP-E096", "there is no room for an archive in \(folder.path)",
            because: [
                "\(Amount.bytes(free)) are free; \(Amount.bytes(size)) may be needed, and \(Amount.bytes(kept)) kept"
            ],
            next: ["kupgrade backup prune --dry-run", "df -h \(folder.path)"], status: .refused)
    }
}
