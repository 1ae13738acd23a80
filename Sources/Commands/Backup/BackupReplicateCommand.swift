import ArgumentParser
import Terminal
import UpgradePlanning

/// `kupgrade backup replicate`: what the replicas lack.
struct BackupReplicateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replicate", abstract: "Send archives to the replicas that lack them.",
        discussion: """
            backup create does it by itself. A transfer that was interrupted goes on where
            it stopped; a copy counts when its digest over there is the same. Nothing is
            removed at a replica: whoever owns that place prunes it there.

            EXIT STATUS
              0  all replicas have everything    3  one of them failed
            """)

    @OptionGroup var options: ClusterOptions

    @Flag(help: "Replicas have moved to other disks: use them as they are.")
    var newPlace = false

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        let file = try ClusterFileLocation.load(option: options.cluster, world: world)
        guard !file.backup.replicas.isEmpty else {
            throw Problem(
                "KUP-E101", "the cluster file names no replicas",
                next: ["backup: { replicas: [\"limiting-factor:/var/backup/kupgrade\"] }  # in \(file.path)"],
                status: .usage)
        }
        let catalog = try BackupCatalog(file: file, world: world)
        let progress = BackupProgress(world: world)
        let beat = Task { await progress.beat() }
        defer { beat.cancel() }
        let reports = try await Replicas(file: file, folder: catalog.folder, world: world, progress: progress)
            .send(try catalog.entries(), newPlaces: newPlace)
        progress.end()
        world.output(Table([], rows: Replicas.lines(reports)).lines().joined(separator: "\n") + "\n")
        if reports.contains(where: { $0.failure != nil }) { throw VerbResult(status: .partial) }
    }
}
