import ArgumentParser
import UpgradePlanning

/// `kupgrade backup status`: whether backups still happen, for people and monitors.
struct BackupStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say how old the newest proven archive is.",
        discussion: """
            One line that a monitor can show. It writes backup.metrics too.

            EXIT STATUS
              0  fresh    1  stale, or there is none
            """)

    @OptionGroup var options: ClusterOptions

    @Option(help: "How old it may be: 26h, 90m, 2d.")
    var maxAge: Age = Age(seconds: 26 * 3_600)

    @Flag(help: "Run the hooks on-backup-stale when it is stale.")
    var notify = false

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        let file = try ClusterFileLocation.load(option: options.cluster, world: world)
        let catalog = try BackupCatalog(file: file, world: world)
        let entries: [ArchiveFacts]
        do {
            entries = try catalog.entries()
        } catch {
            let line = "STALE: \(error.sentence): \(error.because.joined(separator: ", "))"
            world.output(line + "\n")
            if notify { await BackupReport(file: file, world: world).stale(line) }
            throw VerbResult(status: .failed)
        }
        let report = BackupReport(file: file, world: world)
        var line = Self.line(entries, now: world.now(), limit: maxAge.seconds)
        if line.isFresh, OnlyCopy(folder: catalog.folder, file: file).isOnEtcdsDisk(entries) {
            line = ("NO BACKUP: every copy is on the disk of the etcd that it is of; add backup.replicas", false)
        }
        let behind = Replicas.behind(entries, catalog.folder, file).filter { $0.count > 0 }
        line.text += behind.map { "; \($0.place) lacks \(Amount.count($0.count, "archive"))" }.joined()
        world.output(line.text + "\n")
        report.writeMetrics()
        guard !line.isFresh else { return }
        if notify { await report.stale(line.text) }
        throw VerbResult(status: .failed)
    }

    /// Pure, so that every word can be tested.
    static func line(_ entries: [ArchiveFacts], now: Instant, limit: Int64) -> (text: String, isFresh: Bool) {
        let future = entries.filter {
            $0.grade == .proven && now.secondsSince1970 - $0.createdAt.secondsSince1970 < -600
        }
        guard
            let newest = entries.first(where: { entry in
                entry.grade == .proven && !future.contains { $0.name == entry.name }
            })
        else {
            if let first = future.first {
                return ("STALE: \(first.name) is from the future: the clock is wrong, or was", false)
            }
            let others = entries.isEmpty ? "no archive" : "no proven archive among \(entries.count)"
            return ("STALE: there is \(others)", false)
        }
        let age = now.secondsSince1970 - newest.createdAt.secondsSince1970
        let also = future.first.map { "; \($0.name) is from the future, move it away" } ?? ""
        let words = "\(newest.name) is \(Amount.duration(max(0, age))) old, limit \(Amount.duration(limit))" + also
        return age <= limit ? ("OK: \(words)", true) : ("STALE: \(words)", false)
    }
}
