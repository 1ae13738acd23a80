import ArgumentParser
import Backups
import Terminal
import UpgradePlanning

/// `kupgrade backup list`: what archives there are; no key is needed.
struct BackupListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the archives; no key is needed.",
        discussion: """
            An archive that no accepted signer signed (backup.signers) is suspect, whatever
            it says of itself.
            """)

    @OptionGroup var options: ClusterOptions

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output: OutputFormat = .text

    func run() throws { try run(in: options.world) }

    func run(in world: World) throws {
        let file = try ClusterFileLocation.load(option: options.cluster, world: world)
        let catalog = try BackupCatalog(file: file, world: world)
        let rows = try catalog.entries().map { entry in
            ListedArchive(entry: entry, notes: catalog.folder.notes(of: entry.name))
        }
        switch output {
        case .json: world.output(try JSONText.encode(rows))
        case .text:
            world.output(
                BackupListView(
                    rows: rows, places: file.backup.replicas, now: world.now(), style: world.outputStyle
                ).text())
        }
    }
}

/// An entry of the catalog with what became of the archive; in JSON one object.
struct ListedArchive: Encodable {
    let entry: ArchiveFacts
    let notes: ArchiveNotes

    func encode(to encoder: any Encoder) throws {
        try entry.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(notes, forKey: .notes)
    }

    private enum Keys: CodingKey { case notes }
}

struct BackupListView {
    let rows: [ListedArchive]
    /// Where copies should be.
    let places: [ReplicaPlace]
    let now: Instant
    let style: Style

    func text() -> String {
        guard !rows.isEmpty else { return "no archives\n" }
        let header = [
            "archive", "age", "grade", "size", "revision", "keys", "kubernetes", "etcd", "nodes", "recipients",
            "replicas", "drilled", "pins",
        ]
        return Table(header, rows: rows.map(cells)).lines().joined(separator: "\n") + "\n"
    }

    private func cells(_ row: ListedArchive) -> [String] {
        let entry = row.entry
        let there = places.count { row.notes.replicas[$0.description] != nil }
        return [
            entry.name, age(entry.createdAt), GradeText.of(entry.grade, style), Amount.bytes(entry.size),
            "\(entry.revision)", "\(entry.keys)", entry.kubernetes?.description ?? "-",
            entry.etcd?.description ?? "-", "\(entry.nodes.count)", "\(entry.recipients.count)",
            places.isEmpty ? "-" : style("\(there)/\(places.count)", there == places.count ? .good : .caution),
            row.notes.drilledAt.map { age($0) + " ago" } ?? "never",
            row.notes.pins.isEmpty ? "-" : row.notes.pins.joined(separator: ", "),
        ]
    }

    private func age(_ time: Instant) -> String {
        Amount.duration(max(0, now.secondsSince1970 - time.secondsSince1970))
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
        let catalog = try BackupCatalog(option: options.cluster, world: world)
        let entry = try catalog.entry(archive)
        world.output(try JSONText.encode(ListedArchive(entry: entry, notes: catalog.folder.notes(of: entry.name))))
    }
}
