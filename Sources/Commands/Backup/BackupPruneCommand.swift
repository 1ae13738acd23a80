import ArgumentParser
import Backups
import Terminal
import UpgradePlanning

/// `kupgrade backup prune`: archives that the policy no longer keeps go into the trash.
struct BackupPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove archives that the policy no longer keeps.",
        discussion: """
            backup create does it after each proven archive, by backup.retention of the
            cluster file. Only proven archives count; the newest one always stays, and
            those that a run needs. What goes waits in .trash for a week (backup.trash).
            Nothing goes when the folder is not the known one, archives have vanished, or
            the clock ran backwards.

            EXIT STATUS
              0  done    20  refused
            """)

    @OptionGroup var options: ClusterOptions

    @Flag(help: "This host did not make these archives, or they have moved: trust the folder as it is from now on.")
    var newPlace = false

    @Flag(help: "Print what would stay and go, with the reason for each, and do nothing.")
    var dryRun = false

    func run() throws { try run(in: options.world) }

    func run(in world: World) throws {
        let file = try ClusterFileLocation.load(option: options.cluster, world: world)
        let pruning = try Pruning(file, world)
        guard pruning.policy != nil else {
            world.messages("backup.retention is off: nothing is ever removed")
            return
        }
        if newPlace, !dryRun {
            try BackupPlace(folder: pruning.catalog.folder, cluster: file.name, world: world).enter(accepting: true)
        }
        let archives = try pruning.catalog.archives()
        let decision = try pruning.decide(archives)
        switch decision {
        case .refused(let refusal):
            throw Problem(
                "KUP-E100", "nothing is pruned: \(refusal.message)",
                next: [
                    "kupgrade backup list",
                    "kupgrade backup prune --new-place  # the first time on a replica's host",
                    "findmnt --target \(pruning.catalog.folder.path)",
                ], status: .refused)
        case .decided(let verdicts):
            world.output(PruneView(verdicts: verdicts, style: world.outputStyle).text())
            for archive in archives where archive.isForeign {
                world.output("keep    \(archive.facts.name)  \(archive.facts.reasons.first ?? "")\n")
            }
            guard !dryRun else { return }
            pruning.catalog.folder.sweep(cluster: file.name, now: world.now().secondsSince1970)
            _ = try pruning.perform(decision)
        }
    }
}

/// A line for each archive: what becomes of it, and why.
struct PruneView {
    let verdicts: [RetentionVerdict]
    let style: Style

    func text() -> String {
        let rows = verdicts.map { verdict in
            [
                verdict.fate == .keep ? "keep" : style("remove", .caution), verdict.archive.name,
                verdict.reasons.joined(separator: ", "),
            ]
        }
        return rows.isEmpty ? "no archives\n" : Table([], rows: rows).lines().joined(separator: "\n") + "\n"
    }
}
