import Actions
import AgeEncryption
import ArgumentParser
import Backups
import NodeAccess
import Terminal
import UpgradePlanning

/// `kupgrade backup drill`: restores an archive into an etcd that is thrown away.
struct BackupDrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Restore an archive into a throw-away etcd, and see whether it is all there.",
        discussion: """
            Runs on the loopback of this host, in memory (/dev/shm), and touches no
            cluster. Compares revision, number of keys and their hash with what the archive
            says, reads one object of each sort, and says how long it took. With
            --apiserver a kube-apiserver lists everything, too. The archive is marked as
            drilled.

            EXIT STATUS
              0  it is all there    12  the identity does not open it    20  it is not
            """)

    @OptionGroup var options: ClusterOptions
    @OptionGroup var archiveOptions: ArchiveOptions

    @Argument(help: "Its name, the beginning of it, latest, or the path of a sealed file.")
    var archive = "latest"

    @Option(help: "The folder with etcd, etcdutl or etcdctl; default: that of this host's etcd unit, or PATH.")
    var etcd: String?

    @Flag(help: "Start this host's kube-apiserver over it, and list everything.")
    var apiserver = false

    @Option(help: ArgumentHelp("Start this kube-apiserver.", valueName: "program"))
    var apiserverProgram: String?

    @Flag(help: "Where memory has no room, use the disk, on which the data is unsealed meanwhile.")
    var onDisk = false

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output: OutputFormat = .text

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        let choice = try ArchiveChoice(archive, options, archiveOptions, world)
        let identities = try archiveOptions.identities(world)
        let drills = Drills(world: world, isOnDiskAllowed: onDisk)
        let program = try await drills.apiServer(named: apiserverProgram, isWanted: apiserver)
        let report = try await drills.run(
            path: choice.path, entry: choice.entry, key: .identities(identities),
            programs: try await drills.etcd(etcd), apiServer: program)
        switch output {
        case .json: world.output(try JSONText.encode(report))
        case .text: world.output(DrillText.text(report))
        }
        if !report.differences.isEmpty { throw VerbResult(status: .refused) }
        drills.mark(choice)
    }
}

/// Drills on this host.
struct Drills: Sendable {
    let world: World
    /// Where memory has no room.
    var isOnDiskAllowed = false

    func run(
        path: String, entry: ArchiveFacts, key: AgeKey, programs: String, apiServer: String? = nil
    ) async throws -> Drill.Report {
        let order = Drill.Order(
            path: path, key: key, entry: entry, programs: programs, apiServer: apiServer,
            disk: DrillDisk(folder: world.stateFolder, isAllowed: isOnDiskAllowed),
            now: world.now())
        do {
            return try await Drill(order) { world.messages($0) }.run()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Problem(backup: error, entry.name)
        }
    }

    /// The folder of etcd's programs. Throws ``Problem``.
    func etcd(_ named: String?) async throws -> String {
        let folder: String?
        if let named { folder = world.absolute(named) } else { folder = await Self.folder(of: "etcd") }
        guard let folder, FileAccess.isExecutable("\(folder)/etcd") else {
            throw Problem(
                "KUP-E121", "this host has no etcd that could be started", next: ["--etcd DIR  # with etcd in it"],
                status: .usage)
        }
        return folder
    }

    /// The folder of etcd's tools, where no server is needed. Throws ``Problem``.
    func etcdTools(_ named: String?) async throws -> String {
        if let named { return world.absolute(named) }
        for tool in ["etcdutl", "etcdctl"] { if let folder = await Self.folder(of: tool) { return folder } }
        return try await etcd(nil)
    }

    func apiServer(named: String?, isWanted: Bool) async throws -> String? {
        if let named { return world.absolute(named) }
        guard isWanted else { return nil }
        guard let folder = await Self.folder(of: "kube-apiserver") else {
            throw Problem(
                "KUP-E121", "this host has no kube-apiserver that could be started",
                next: ["--apiserver-program PROGRAM"], status: .usage)
        }
        return "\(folder)/kube-apiserver"
    }

    /// By its unit, else by PATH.
    private static func folder(of program: String) async -> String? {
        let script = #"""
            PATH=$PATH:/run/current-system/sw/bin; export PATH
            found=$(systemctl show "$1.service" -p ExecStart --value 2>/dev/null | sed -n 's/.*path=\([^ ;]*\).*/\1/p' | head -n 1)
            [ -n "$found" ] || found=$(command -v "$1") || exit 1
            # nixpkgs joins etcd's programs by links: what they lead to has one of them each.
            dirname "$found"
            """#
        let result = try? await LocalProgram("/bin/sh", ["-c", script, "sh", program]).run(
            deadline: .seconds(10), outputLimit: 4_096)
        guard let result, result.exitCode == 0 else { return nil }
        return result.outputText.split(separator: "\n").first.map(String.init)
    }

    /// Keeps when the archive was drilled, where it lies in a folder of archives.
    func mark(_ choice: ArchiveChoice) {
        guard let slash = choice.path.lastIndex(of: "/") else { return }
        do {
            try ArchiveFolder(String(choice.path[..<slash])).note(choice.entry.name) { $0.drilledAt = world.now() }
        } catch {
            world.messages("the archive cannot be marked as drilled: \(error)")
        }
    }
}

/// A drill in words.
enum DrillText {
    static func text(_ report: Drill.Report) -> String {
        var lines = [
            "etcd       revision \(report.revision), \(Amount.count(report.keys, "key")), "
                + "hash \(hash(report)), one object of each of \(report.kinds) sorts read",
            "serving    etcd after \(seconds(report.secondsToEtcd))"
                + (report.secondsToAPIServer.map { ", the apiserver\(version(report)) after \(seconds($0))" } ?? ""),
        ]
        if let objects = report.objects {
            let total = objects.values.reduce(0, +)
            lines.append("objects    \(total) of \(objects.count) resources listed")
        }
        lines += report.differences.map { "DIFFERS    \($0)" }
        lines.append(report.differences.isEmpty ? "drilled    \(report.archive)" : "not marked \(report.archive)")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func version(_ report: Drill.Report) -> String {
        report.apiServerVersion.map { " (\(PlainText.line($0)))" } ?? ""
    }

    private static func hash(_ report: Drill.Report) -> String {
        switch report.hashMatches {
        case true?: "the members' own"
        case false?: "another one"
        case nil: "not compared"
        }
    }

    private static func seconds(_ value: Double) -> String {
        "\(Int(value)).\(Int(value * 10) % 10) s"
    }
}
