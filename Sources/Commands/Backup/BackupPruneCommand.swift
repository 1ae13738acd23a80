import ArgumentParser
import Backups
import Terminal
import UpgradePlanning

/// `kupgrade backup prune`: archives that the policy no longer keeps go into the trash.
struct BackupPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove archives that the policy no longer keeps.",
        discussion: """
            Only proven archives count; the newest one always stays. What goes waits in .trash for a week. Nothing goes
            when the folder is not the known one, archives have vanished, or the clock ran backwards.

            EXIT STATUS
              0  done    20  refused
            """)

    @OptionGroup var options: ClusterOptions

    @Flag(help: "Print what would stay and go, with the reason for each, and do nothing.")
    var dryRun = false

    private static let grace: Int64 = 7 * 86_400

    func run() throws { try run(in: options.world) }

    func run(in world: World) throws {
        let catalog = try BackupCatalog(option: options.cluster, world: world)
        let state = BackupState.load(world, cluster: catalog.cluster)
        let place = BackupPlace(folder: catalog.folder, cluster: catalog.cluster, world: world)
        let survey = RetentionSurvey(
            archives: try catalog.entries().map {
                RetainedArchive(name: $0.name, createdAt: $0.createdAt, grade: $0.grade)
            },
            now: world.now(), lastRun: state.lastPrune, isKnownPlace: place.isKnown)
        let decision = RetentionPolicy().decide(survey)
        switch decision {
        case .refused(let refusal):
            throw Problem(
                "KUP-E100", "nothing is pruned: \(refusal.message)",
                next: ["kupgrade backup list", "findmnt --target \(catalog.folder.path)"], status: .refused)
        case .decided(let verdicts):
            let rows = verdicts.map { verdict in
                [
                    verdict.fate == .keep ? "keep" : world.outputStyle("remove", .caution), verdict.archive.name,
                    verdict.reasons.joined(separator: ", "),
                ]
            }
            if !rows.isEmpty { world.output(Table([], rows: rows).lines().joined(separator: "\n") + "\n") }
            if dryRun { return }
            try remove(verdicts, decision.record, catalog, state, world)
        }
    }

    private func remove(
        _ verdicts: [RetentionVerdict], _ record: PruneRecord?, _ catalog: BackupCatalog, _ state: BackupState,
        _ world: World
    ) throws {
        do {
            for verdict in verdicts where verdict.fate == .remove { try catalog.folder.discard(verdict.archive.name) }
        } catch {
            throw Problem(backup: error, catalog.folder.path)
        }
        let gone = catalog.folder.emptyTrash(olderThan: Self.grace, now: world.now().secondsSince1970)
        for name in gone { world.messages("removed \(name) from the trash") }
        var state = state
        state.lastPrune = record ?? state.lastPrune
        try state.save(world, cluster: catalog.cluster)
    }
}
