import Backups
import UpgradePlanning

/// Whether the folder of archives is the one that was used before: another file system, or none, may be mounted there.
struct BackupPlace {
    let folder: ArchiveFolder
    let cluster: String
    let world: World

    /// Marks a new folder, refuses one that lost its mark or has another. Throws ``Problem``.
    func enter(accepting isAccepted: Bool) throws {
        var state = BackupState.load(world, cluster: cluster)
        let found = folder.identity()
        if let found, found == state.place {
            // Archives that went by hand are no reason to distrust the listing any more.
            if isAccepted, state.lastPrune != nil {
                state.lastPrune = nil
                try state.save(world, cluster: cluster)
            }
            return
        }
        if let known = state.place, !isAccepted {
            throw Problem(
                "KUP-E093", "\(folder.path) is not the folder that archives went to before",
                because: [
                    found == nil ? "the mark that kupgrade left in it is gone" : "it has the mark of another folder",
                    "expected mark \(known) in \(folder.path)/\(ArchiveFolder.mark)",
                ],
                next: [
                    "findmnt --target \(folder.path)  # is the disk mounted?",
                    "kupgrade backup create --new-place  # when it has really moved",
                ], status: .refused)
        }
        try folder.make()
        state.place = try found ?? folder.markIt(ArchiveFolder.newMark())
        state.lastPrune = nil
        try state.save(world, cluster: cluster)
    }

    /// Whether pruning may trust the listing.
    var isKnown: Bool {
        let known = BackupState.load(world, cluster: cluster).place
        return known != nil && known == folder.identity()
    }
}
