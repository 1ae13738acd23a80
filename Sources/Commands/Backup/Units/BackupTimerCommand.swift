import ArgumentParser
import Backups
import UpgradePlanning

/// `kupgrade backup timer`: units that make a backup every night.
struct BackupTimerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timer", abstract: "Print systemd units that make a backup every night.",
        discussion: """
            On NixOS, use services.kupgrade of the flake instead. Elsewhere:

              kupgrade backup timer --out /etc/systemd/system
              systemctl daemon-reload
              systemctl enable --now kupgrade-backup.timer kupgrade-backup-check.timer

            With --one-maker on several masters, one of them makes the archive, and the
            others check that it did.
            """)

    @OptionGroup var options: ClusterOptions

    @Flag(name: .customLong("print"), help: "Print them; this is what happens without --out, too.")
    var prints = false

    @Option(help: "Write them into this folder instead.")
    var out: String?

    @Option(help: "When, as systemd writes it.")
    var onCalendar = "*-*-* 02:30:00 UTC"

    @Option(help: "By how much each host is later, at random.")
    var jitter = "15m"

    @Option(help: "This host's signing key.")
    var signingKey = BackupSettings.signingKeyPath

    @Flag(help: "Several hosts get these units.")
    var oneMaker = false

    func run() throws { try run(in: options.world) }

    func run(in world: World) throws {
        let file = try ClusterFileLocation.load(option: options.cluster, world: world)
        let folder = try BackupSettings(file: file, world: world).folder()
        var units = BackupUnits(
            program: ProgramFile.path, clusterFile: world.absolute(file.path), archives: folder.path,
            signingKey: world.absolute(signingKey))
        units.writable = file.backup.metrics.map { [Self.folder(of: $0)] } ?? []
        (units.calendar, units.jitter, units.isElected) = (onCalendar, jitter, oneMaker)
        if out != nil { try makeFolder(folder) }
        for (name, text) in units.files {
            if let out {
                let path = "\(world.absolute(out))/\(name)"
                try StandardFiles.replace(path, with: Array(text.utf8), mode: 0o644)
                world.messages(path)
            } else {
                world.output("# \(name)\n\(text)\n")
            }
        }
    }

    /// The units may write to it, and to nothing above it.
    private func makeFolder(_ folder: ArchiveFolder) throws {
        do {
            try folder.make()
        } catch {
            throw Problem(backup: error, folder.path)
        }
    }

    private static func folder(of path: String) -> String {
        path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }
}
