import Backups
import NodeAccess
import UpgradePlanning

/// One place's turn.
struct Replication: Sendable {
    let route: Replicator.Route
    let connection: NodeConnection?
    let folder: ArchiveFolder
    let notes: NoteKeeper
    let extras: [ReplicaFile]
    let report: @Sendable (Replicator.Event) -> Void

    func run(_ archives: [ArchiveFacts]) async -> Replicator.Report {
        var outcome = Replicator.Report(place: route.place)
        do {
            let target = try await self.target()
            outcome.mark = try await target.enter(known: route.mark, new: ArchiveFolder.newMark())
            let isNew = outcome.mark != route.mark
            for archive in ReplicaPlan.pending(
                archives, notes: isNew ? { _ in ArchiveNotes() } : folder.notes, place: route.place)
            {
                try await send(archive, to: target)
                try await notes.keep(archive.name, isAt: route.place)
                outcome.sent.append(archive.name)
                outcome.bytes += archive.size
            }
            for file in extras { try await target.send(file) { _ in } }
        } catch {
            outcome.failure = "\(error)"
        }
        return outcome
    }

    /// In the order that makes an archive listed last, and only when it is whole.
    private func send(_ archive: ArchiveFacts, to target: any ReplicaTarget) async throws {
        let sealed = archive.name + ArchiveNames.sealed
        try await target.send(
            ReplicaFile(
                path: "\(folder.path)/\(sealed)", name: sealed, size: archive.size, sha256: archive.sha256)
        ) { done in
            report(.sending(place: route.place, name: archive.name, done: done, size: archive.size))
        }
        for name in [sealed + ArchiveNames.signature, archive.name + ArchiveNames.entry] {
            try await target.send(try ReplicaFile.of("\(folder.path)/\(name)", name: name)) { _ in }
        }
    }

    private func target() async throws -> any ReplicaTarget {
        switch route.place {
        case .rclone(let remote): return RcloneReplica(remote: remote)
        case .host(_, _, let folder):
            guard let connection else { throw BackupError(.cannotWrite, "there is no way to it") }
            return HostReplica(
                session: try await connection.session(), folder: folder)
        }
    }
}
