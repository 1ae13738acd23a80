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

    /// What a prune did.
    struct Outcome {
        /// Archives that went into the trash.
        var removed: [String] = []
        /// Why nothing went; `nil` where it was decided.
        var refusal: String?
    }

    init(_ file: ClusterFile, _ world: World) throws {
        catalog = try BackupCatalog(file: file, world: world)
        policy = file.backup.retention
        grace = file.backup.trash.components.seconds
        self.world = world
    }

    /// Decides and performs; what hinders it is its outcome. `sparesProven`: only others may go.
    static func run(_ file: ClusterFile, _ world: World, sparesProven: Bool = false) -> Outcome {
        do {
            let pruning = try Pruning(file, world)
            let all = try pruning.decide(try pruning.catalog.archives())
            let decision = sparesProven ? all.sparingProven : all
            if case .refused(let refusal) = decision { return Outcome(refusal: refusal.message) }
            return Outcome(removed: try pruning.perform(decision))
        } catch {
            return Outcome(refusal: (error as? Problem)?.sentence ?? "\(error)")
        }
    }

    /// Only what accepted signers signed is decided about; the rest stays. Nothing is touched.
    func decide(_ archives: [BackupCatalog.Archive]) throws -> RetentionDecision {
        guard let policy else { return .decided([]) }
        let place = BackupPlace(folder: catalog.folder, cluster: catalog.cluster, world: world)
        let survey = RetentionSurvey(
            archives: archives.filter { !$0.isForeign }.map(\.facts).map { entry in
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
            // A run may have pinned one meanwhile.
            for name in names where catalog.folder.notes(of: name).pins.isEmpty { try catalog.folder.discard(name) }
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
