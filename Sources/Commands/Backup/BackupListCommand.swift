import ArgumentParser
import Terminal
import UpgradePlanning

/// `kupgrade backup list`: what archives there are; no key is needed.
struct BackupListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the archives; no key is needed.")

    @OptionGroup var options: ClusterOptions

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output: OutputFormat = .text

    func run() throws { try run(in: options.world) }

    func run(in world: World) throws {
        let entries = try BackupCatalog(option: options.cluster, world: world).entries()
        switch output {
        case .json: world.output(try JSONText.encode(entries))
        case .text: world.output(BackupListView(entries: entries, now: world.now(), style: world.outputStyle).text())
        }
    }
}

struct BackupListView {
    let entries: [ArchiveFacts]
    let now: Instant
    let style: Style

    func text() -> String {
        guard !entries.isEmpty else { return "no archives\n" }
        let rows = entries.map { entry in
            [
                entry.name, Amount.duration(max(0, now.secondsSince1970 - entry.createdAt.secondsSince1970)),
                GradeText.of(entry.grade, style), Amount.bytes(entry.size), "\(entry.revision)", "\(entry.keys)",
                entry.kubernetes?.description ?? "-", entry.etcd?.description ?? "-", "\(entry.nodes.count)",
                "\(entry.recipients.count)",
            ]
        }
        let header = [
            "archive", "age", "grade", "size", "revision", "keys", "kubernetes", "etcd", "nodes", "recipients",
        ]
        return Table(header, rows: rows).lines().joined(separator: "\n") + "\n"
    }
}

/// `kupgrade backup show`: one entry of the catalog.
struct BackupShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what the catalog says of one archive; no key is needed.")

    @OptionGroup var options: ClusterOptions

    @Argument(help: "Its name, the beginning of it, or latest.")
    var archive = "latest"

    func run() throws { try run(in: options.world) }

    func run(in world: World) throws {
        world.output(try JSONText.encode(try BackupCatalog(option: options.cluster, world: world).entry(archive)))
    }
}
