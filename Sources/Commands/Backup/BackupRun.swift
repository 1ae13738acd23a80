import Actions
import Backups
import Observation
import UpgradePlanning

/// One `backup create` from its first check to its last word to a hook.
struct BackupRun {
    let file: ClusterFile
    let folder: ArchiveFolder
    var order: BackupMaker.Order
    let world: World
    let progress: BackupProgress
    /// Several hosts do this, and one of them makes the archive.
    var isElected = false

    /// Another host makes the archives.
    struct NotOurTurn: Error {
        var maker: String
    }

    struct Outcome {
        var made: BackupMaker.Made
        var replicas: [Replicator.Report]
        var pruned: Pruning.Outcome

        var isPartial: Bool {
            made.entry.grade == .checked || replicas.contains { $0.failure != nil } || drillFailure != nil
        }

        /// What a drill that was asked for had against it; `nil` where it had nothing.
        var drillFailure: String? {
            switch made.drill {
            case nil: nil
            case .failure(let error): "the drill failed: \(error)"
            case .success(let report):
                report.differences.isEmpty ? nil : "the drill found: \(report.differences.joined(separator: "; "))"
            }
        }

        /// What a night is for: an archive that counts, and what was asked of it held.
        var isGood: Bool { made.entry.grade == .proven && drillFailure == nil }
    }

    /// Throws ``Problem``. Only the archive itself can fail; what comes after it is reported.
    func run(
        sendsReplicas: Bool, prunes: Bool, keeping keep: @Sendable (ArchiveFacts) throws -> Void = { _ in }
    ) async throws -> Outcome {
        let beat = Task { [progress] in await progress.beat() }
        defer { beat.cancel() }
        let made = try await make()
        try keep(made.entry)
        var outcome = Outcome(made: made, replicas: [], pruned: Pruning.Outcome())
        if sendsReplicas { outcome.replicas = await replicate() }
        try Task.checkCancellation()
        // A night that is not proven adds to those that are not, and only those may go: else they fill the disk.
        if prunes, made.entry.grade != .suspect {
            outcome.pruned = Pruning.run(file, world, sparesProven: !outcome.isGood)
        }
        progress.end()
        return outcome
    }

    private func make() async throws -> BackupMaker.Made {
        do {
            var seen = file
            seen.nodes.removeAll { $0.collect != nil }
            if order.dataFolder == nil { try await AfterBoot(world: world, file: seen).waitForEtcd() }
            return try await LiveWorld(world: world, file: seen).observe { [self] facts, ways in
                let made = try await inTurn(ways) {
                    try BackupRoom(folder: folder, facts: facts, database: await database(facts, ways)).check()
                    return try await BackupMaker(order, facts: facts, ways: ways, report: progress.show).make()
                }
                await writeBook(made, facts)
                return made
            }
        } catch let error where error is CancellationError || error is NotOurTurn {
            throw error
        } catch {
            progress.end()
            throw Problem(backup: error, "the archive")
        }
    }

    /// Bytes of the database that is read from a disk; `nil` where etcd is asked. What cannot be told is told when it is read.
    private func database(_ facts: ClusterFacts, _ ways: ClusterObserver.Ways) async -> Int64? {
        guard let folder = order.dataFolder, let session = ways.sessions[folder.node],
            let host = facts.nodes.first(where: { $0.name == folder.node })?.host.value
        else { return nil }
        return try? await folder.size(host, session)
    }

    /// Of the newest proven archive; the first one stands in where none is proven yet. Without it the archive is what it is.
    private func writeBook(_ made: BackupMaker.Made, _ facts: ClusterFacts) async {
        guard made.entry.grade == .proven || (made.entry.revision > 0 && !folder.hasBook) else { return }
        do {
            let program = try? await RecoveryFiles(folder: folder).packed()
            // Of hosts that nobody logs in to it tells what the cluster file does.
            let known = facts.nodes.map(RecoveryBook.Host.init)
            let others = file.nodes.filter { node in !known.contains { $0.name == node.name } }
                .map { RecoveryBook.Host(name: $0.name, addresses: $0.addresses) }
            let book = RecoveryBook(
                archive: made.entry, manifest: made.manifest, hosts: (known + others).sorted { $0.name < $1.name },
                signer: order.signingKey.signer, program: program)
            try folder.write(book, signedBy: order.signingKey)
        } catch {
            world.messages("the recovery book cannot be written: \(error)")
        }
    }

    /// Without an apiserver nobody can be elected, and everyone makes one: better two than none.
    private func inTurn(
        _ ways: ClusterObserver.Ways, _ make: () async throws -> BackupMaker.Made
    ) async throws -> BackupMaker.Made {
        guard isElected, let access = ways.apiServer else { return try await make() }
        let lease = MakerLease(cluster: file.name, host: HostName.own, now: world.now())
        do {
            if let maker = try await lease.take(access) { throw NotOurTurn(maker: maker) }
        } catch let error as NotOurTurn {
            throw error
        } catch {
            world.messages("no host can be elected, so this one makes an archive: \(error)")
        }
        // In a task of its own: this one may have been cancelled, and the lease is given up all the same.
        func giveUp() async { await Task { try? await lease.giveUp(access) }.value }
        do {
            let made = try await make()
            // Another host may see what this one does not.
            if made.entry.grade == .proven {
                await Task { try? await lease.confirm(access) }.value
            } else {
                await giveUp()
            }
            return made
        } catch {
            await giveUp()
            throw error
        }
    }

    private func replicate() async -> [Replicator.Report] {
        if !file.backup.replicas.isEmpty { progress.looksAtReplicas(file.backup.replicas.count) }
        do {
            let entries = try BackupCatalog(file: file, world: world).entries()
            return try await Replicas(file: file, folder: folder, world: world, progress: progress).send(entries)
        } catch {
            return file.backup.replicas.map { place in
                var report = Replicator.Report(place: place)
                report.failure = "\((error as? Problem)?.sentence ?? "\(error)")"
                return report
            }
        }
    }
}

/// Whether there is room for one more archive: it never fills a disk that others live on.
struct BackupRoom {
    let folder: ArchiveFolder
    let facts: ClusterFacts
    /// Bytes that no etcd tells.
    var database: Int64?

    /// Throws ``Problem`` when less than two archives, or a tenth of a disk that etcd may be on, would stay free.
    func check() throws {
        let (free, total) = folder.room()
        // Sealed and compressed it is smaller; how much is not known before.
        let size = max(database ?? 0, facts.etcd.compactMap(\.status.value).map(\.databaseSize).max() ?? 0)
        let onHost = facts.nodes.contains { $0.host.value?.isOperatorHost == true }
        let kept = max(2 * size, onHost ? total / 10 : 0)
        guard free - size < kept else { return }
        throw Problem(
            "KUP-E096", "there is no room for an archive in \(folder.path)",
            because: [
                "\(Amount.bytes(free)) are free; \(Amount.bytes(size)) may be needed, and \(Amount.bytes(kept)) kept"
            ],
            next: ["kupgrade backup prune --dry-run", "df -h \(folder.path)"], status: .refused)
    }
}
