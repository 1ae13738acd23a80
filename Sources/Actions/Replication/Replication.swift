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
            // Another disk than before: what the one before had says nothing of it.
            if outcome.mark == route.mark {
                try await look(archives, at: target, &outcome)
            } else {
                try await notes.forget(route.place, of: archives.map(\.name))
            }
            await send(archives, to: target, &outcome)
        } catch {
            outcome.failure = "\(error)"
        }
        return outcome
    }

    /// What is noted was so when it was sent: the place tells what is so now.
    private func look(
        _ archives: [ArchiveFacts], at target: any ReplicaTarget, _ outcome: inout Replicator.Report
    ) async throws {
        let there: [String: Int64]
        do {
            there = try await target.files(of: ArchiveNames.prefix(of: archives.map(\.cluster).first ?? ""))
        } catch {
            // What is noted stays, and what is new is sent all the same.
            outcome.failure = "what lies there could not be listed: \(error)"
            return
        }
        outcome.gone = ReplicaPlan.gone(archives, notes: folder.notes, place: route.place, there: there)
        try await notes.lose(route.place, outcome.gone)
    }

    /// One that cannot be sent hinders no other, nor what stands beside them.
    private func send(_ archives: [ArchiveFacts], to target: any ReplicaTarget, _ outcome: inout Replicator.Report)
        async
    {
        for archive in ReplicaPlan.pending(archives, notes: folder.notes, place: route.place) {
            guard !Task.isCancelled else { break }
            do {
                try await send(archive, to: target)
                try await notes.keep(archive.name, isAt: route.place)
                outcome.sent.append(archive.name)
                outcome.bytes += archive.size
            } catch {
                outcome.failure = outcome.failure ?? "\(error)"
            }
        }
        for file in extras {
            do {
                try await target.send(file) { _ in }
            } catch {
                outcome.failure = outcome.failure ?? "\(error)"
            }
        }
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
                session: try await connection.session(), folder: folder, sender: self.folder.identity() ?? "new")
        }
    }
}
