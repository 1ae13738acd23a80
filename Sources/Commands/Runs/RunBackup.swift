import Actions
import Backups
import Plans
import RunEngine
import UpgradePlanning

/// The archive that a run makes before it changes anything: proven, and pinned for as long as the run is open.
struct RunBackup: Sendable {
    let world: World
    let file: ClusterFile
    let run: String
    let signingKey: String

    private func prepared() throws -> (BackupMaker.Order, ArchiveFolder) {
        let settings = BackupSettings(file: file, world: world)
        let folder = try settings.folder()
        let key = try settings.signingKey(world.absolute(signingKey))
        guard try settings.signers([]).contains(key.signer) else {
            throw Problem(
                "KUP-E094", "this host's key is not among backup.signers: what it makes would not be believed",
                next: ["backup: { signers: [..., \(key.signer)] }  # in \(file.path)"], status: .refused)
        }
        return (try settings.order(signedBy: key), folder)
    }

    /// Throws ``Problem`` where no archive could be made here: before anything is begun.
    func check() throws {
        let folder = try prepared().1
        do {
            try BackupPlace(folder: folder, cluster: file.name, world: world).enter(accepting: false)
        } catch {
            throw Problem(backup: error, folder.path)
        }
    }

    /// Returns its name. Throws ``RunError`` where it is not proven.
    func make(_ target: BackupTarget) async throws -> String {
        let (order, folder) = try prepared()
        let backup = BackupRun(
            file: file, folder: folder, order: order, world: world,
            progress: BackupProgress(world: world, format: .none))
        let made = try await backup.run(sendsReplicas: true, prunes: false) { entry in
            // Before anything else is done with it: whoever prunes meanwhile leaves it.
            guard entry.grade == .proven else { return }
            try folder.note(entry.name) { $0.pins = Array(Set($0.pins + [run])).sorted() }
        }.made
        guard made.entry.grade == .proven else {
            throw RunError(
                .cannotWrite,
                "the archive \(made.entry.name) is \(made.entry.grade.rawValue), not proven: "
                    + made.entry.reasons.joined(separator: "; "))
        }
        return "\(made.entry.name), proven, revision \(made.entry.revision)"
    }

    /// The run has ended: what it pinned may go when its time comes.
    func release() {
        guard let path = file.backup.directory else { return }
        let folder = ArchiveFolder(path)
        for entry in (try? BackupCatalog(file: file, world: world).archives()) ?? []
        where folder.notes(of: entry.facts.name).pins.contains(run) {
            try? folder.note(entry.facts.name) { notes in notes.pins.removeAll { $0 == run } }
        }
    }
}
