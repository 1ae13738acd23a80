import Backups
import UpgradePlanning

/// Which archives of a folder go, and their going.
struct Pruning {
    let catalog: BackupCatalog
    /// `nil` keeps everything.
    let policy: RetentionPolicy?
    /// Seconds in the trash.
    let grace: Int64
    let world: World

    init(_ file: ClusterFile, _ world: World) throws {
        catalog = try BackupCatalog(file: file, world: world)
        policy = file.backup.retention
        grace = file.backup.trash.components.seconds
        self.world = world
    }

    /// Only what accepted signers signed is decided about; the rest stays. Nothing is touched. Throws ``Problem`` where the archives cannot be listed.
    func decide() throws -> RetentionDecision {
        guard let policy else { return .decided([]) }
        let place = BackupPlace(folder: catalog.folder, cluster: catalog.cluster, world: world)
        let survey = RetentionSurvey(
            archives: try catalog.entries().filter { !catalog.isForeign($0) }.map { entry in
                RetainedArchive(
                    name: entry.name, createdAt: entry.createdAt, grade: entry.grade,
                    isPinned: !catalog.folder.notes(of: entry.name).pins.isEmpty)
            },
            now: world.now(), lastRun: BackupState.load(world, cluster: catalog.cluster).lastPrune,
            isKnownPlace: place.isKnown)
        return policy.decide(survey)
    }

    /// Moves what goes into the trash, and removes what has been there long enough. Returns the names of the first. Throws
    /// ``Problem``.
    func perform(_ decision: RetentionDecision) throws -> [String] {
        guard case .decided(let verdicts) = decision else { return [] }
        let names = verdicts.filter { $0.fate == .remove }.map(\.archive.name)
        do {
            for name in names { try catalog.folder.discard(name) }
        } catch {
            throw Problem(backup: error, catalog.folder.path)
        }
        for name in catalog.folder.emptyTrash(olderThan: grace, now: world.now().secondsSince1970) {
            world.messages("removed \(name) from the trash")
        }
        var state = BackupState.load(world, cluster: catalog.cluster)
        state.lastPrune = decision.record ?? state.lastPrune
        try state.save(world, cluster: catalog.cluster)
        return names
    }
}
