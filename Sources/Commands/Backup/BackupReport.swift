import Actions
import Backups
import UpgradePlanning

/// Tells others how a backup went: hooks, and the file of metrics.
struct BackupReport {
    let file: ClusterFile
    let world: World

    /// Before anything is read: what runs here may back up volumes, and say so for the archive.
    func begins() async {
        let event = BackupEvent(
            .beforeBackup, cluster: file.name, summary: "an archive is going to be made", world: world)
        await Hooks(folder: file.hooks, world: world).run(.beforeBackup, event)
    }

    func succeeded(_ outcome: BackupRun.Outcome, seconds: Double) async {
        let entry = outcome.made.entry
        // Whoever waits for a sign of life waits for an archive that counts.
        let point: Hooks.Point = outcome.isGood ? .backupSuccess : .backupFailure
        let failed = outcome.replicas.filter { $0.failure != nil }
        let reasons = entry.grade == .proven ? [] : entry.reasons
        let summary =
            ["\(entry.name) is \(entry.grade.rawValue), \(Amount.bytes(entry.size))"] + reasons
            + (outcome.drillFailure.map { [$0] } ?? [])
            + failed.map { "\($0.place) failed: \($0.failure ?? "")" }
        var event = BackupEvent(
            point, cluster: file.name, summary: summary.joined(separator: "; "), world: world)
        event.archive = entry
        for report in outcome.replicas { event.failedReplicas[report.place.description] = report.failure }
        writeMetrics(BackupMetrics.Making(succeeded: outcome.isGood, seconds: seconds, endedAt: world.now()))
        await Hooks(folder: file.hooks, world: world).run(point, event)
    }

    func failed(_ problem: Problem, seconds: Double) async {
        var event = BackupEvent(
            .backupFailure, cluster: file.name,
            summary: ([problem.sentence] + problem.because).joined(separator: ": "), world: world)
        event.error = problem.code
        writeMetrics(BackupMetrics.Making(succeeded: false, seconds: seconds, endedAt: world.now()))
        await Hooks(folder: file.hooks, world: world).run(.backupFailure, event)
    }

    func stale(_ line: String) async {
        let event = BackupEvent(.backupStale, cluster: file.name, summary: line, world: world)
        await Hooks(folder: file.hooks, world: world).run(.backupStale, event)
    }

    /// Without a place for it, nothing happens; one that cannot be written is said, and hinders nothing.
    func writeMetrics(_ making: BackupMetrics.Making? = nil) {
        guard let path = file.backup.metrics, let catalog = try? BackupCatalog(file: file, world: world) else { return }
        let places = file.backup.replicas
        // What the last run was like stays, whoever writes the file.
        var state = BackupState.load(world, cluster: file.name)
        if let making {
            state.making = making
            try? state.save(world, cluster: file.name)
        }
        let metrics = BackupMetrics(
            cluster: file.name, entries: (try? catalog.entries()) ?? [],
            replicas: { name in
                let notes = catalog.folder.notes(of: name)
                return places.count { notes.replicas[$0.description] != nil }
            },
            replicasWanted: places.count, now: world.now(), making: state.making)
        do {
            try StandardFiles.replace(path, with: Array(metrics.text().utf8), mode: 0o644)
        } catch {
            world.messages("the metrics cannot be written: \(error.because.joined(separator: ", "))")
        }
    }
}
