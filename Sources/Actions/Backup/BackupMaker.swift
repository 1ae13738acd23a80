public import AgeEncryption
import Archiving
public import Backups
import EtcdClient
import EtcdSnapshots
public import NodeAccess
public import Observation
public import UpgradePlanning

/// Makes one archive of a cluster: looks, reads the nodes' files, streams a snapshot, compares the members, reads the file
/// back, grades and publishes it.
public struct BackupMaker: Sendable {
    /// What is made, and for whom.
    public struct Order: Sendable {
        public var cluster: String
        /// Of the archives, on this host.
        public var folder: String
        public var recipients: [AgeRecipient]
        public var signingKey: SigningKey
        /// Folders of each node that are taken too.
        public var extra: [String]
        /// What else backs volumes up, by claim.
        public var covered: [String: String]
        /// What a hook noted on this host of the volumes it backs up.
        public var recorded: [RecordedVolume] = []
        /// The file is read back from the disk and proven. Without that an archive is checked at most.
        public var isReadBack = true
        /// Nodes that nobody logs in to: each gives its part by itself.
        public var collected: [NodeName: SSHOnce] = [:]
        /// The hosts' configuration, as Nix names it.
        public var flake: String?
        /// The database is read from a node's disk, since no etcd answers.
        public var dataFolder: DataFolder?
        /// It is restored for a trial, with the key of the read-back: the folder of etcd's programs, and where it
        /// may lie. `nil`: it is not.
        public var drill: (programs: String, disk: DrillDisk)?
        /// What the cluster must be to be the one of before.
        public var lineage = Lineage(previous: nil)
        public var madeBy: String
        public var now: Instant

        public init(
            cluster: String, folder: String, recipients: [AgeRecipient], signingKey: SigningKey, extra: [String],
            covered: [String: String], madeBy: String, now: Instant
        ) {
            self.cluster = cluster
            self.folder = folder
            self.recipients = recipients
            self.signingKey = signingKey
            self.extra = extra
            self.covered = covered
            self.madeBy = madeBy
            self.now = now
        }
    }

    /// What goes on.
    public enum Event: Sendable {
        case snapshot(node: NodeName, done: Int64, size: Int64)
        case comparing(members: Int)
        case readingBack(size: Int64)
        /// It gave no whole snapshot, and another is asked.
        case memberFailed(NodeName, why: String)
        /// In words.
        case drilling(String)
    }

    /// What was made.
    public struct Made: Sendable {
        public var entry: ArchiveFacts
        public var manifest: Manifest
        public var usedMember: NodeName?
        /// What was looked at and held, a few words each.
        public var checks: [String] = []
        /// Recipients that are host keys of the cluster's own hosts: whoever takes a host can open its archives.
        public var hostRecipients = 0
        /// What a drill found; `nil` where none was asked for, or there is no etcd to drill.
        public var drill: Result<Drill.Report, BackupError>?
    }

    let order: Order
    let facts: ClusterFacts
    let ways: ClusterObserver.Ways
    let report: @Sendable (Event) -> Void

    public init(
        _ order: Order, facts: ClusterFacts, ways: ClusterObserver.Ways, report: @escaping @Sendable (Event) -> Void
    ) {
        self.order = order
        self.facts = facts
        self.ways = ways
        self.report = report
    }

    /// Throws `BackupError`, `AgeError`, `ArchivingError`, `SnapshotError`, `EtcdError`. Nothing is left then.
    public func make() async throws -> Made {
        let ranked =
            order.dataFolder.map { [$0.node] } ?? MemberChoice.ranked(facts.etcd).filter { ways.etcd[$0] != nil }
        // A member that breaks off in the middle of it: what was written goes, and the next one is asked.
        var failed: [FailedMember] = []
        for (index, node) in ranked.enumerated() {
            do {
                return try await make(from: Array(ranked[index...]), after: failed)
            } catch let failure as MemberFailure {
                guard order.dataFolder == nil else { throw failure.error }
                report(.memberFailed(node, why: "\(failure.error)"))
                failed.append(FailedMember(node: node, error: failure.error))
            }
        }
        // The nodes' files are worth an archive all the same.
        return try await make(from: [], after: failed)
    }

    /// A connection may break, and another member is asked; what cannot be read is damage, and whoever has the archive must
    /// hear of it.
    struct FailedMember {
        var node: NodeName
        var error: any Error

        var isDamaged: Bool { error is SnapshotError }
        var words: String { "\(node) gave no \(isDamaged ? "sound " : "")snapshot: \(error)" }
    }

    /// What a member gave, or did not give, and not what became of it here.
    private struct MemberFailure: Error {
        var error: any Error
    }

    private func make(from ranked: [NodeName], after failed: [FailedMember]) async throws -> Made {
        async let volumes = VolumeList(
            facts: facts, ways: ways, covered: order.covered, recorded: order.recorded
        ).volumes()
        async let source = flake()
        let nodes = await nodeFiles()
        let hostRecipients = try refuseHostKeys(nodes)
        var generator = SystemRandomNumberGenerator()
        let name = ArchiveNames.new(
            cluster: order.cluster, at: order.now, random: UInt32.random(in: 0...UInt32.max, using: &generator))
        let node = ranked.first
        let manifest = self.manifest(
            name, nodes.map(\.node), await volumes, await source?.manifest, from: node, after: failed)
        let store = Store(
            try ArchiveBuilder(name: name, in: order.folder, to: order.recipients, at: order.now))
        try await store.perform { try $0.add(ArchiveNames.manifest, json: manifest) }
        let snapshot = try await self.snapshot(from: ranked, into: store)
        let hashes = try await self.hashes(snapshot)
        let files = nodes.flatMap(\.files) + (await source?.files ?? [])
        let keyring = try await add(files, manifest, to: store)
        let grading = Grading(
            manifest: manifest, snapshot: snapshot?.summary, hashes: hashes, alarms: alarms, files: keyring.files,
            links: keyring.links,
            keys: keyring.keys)
        var proof = Self.proof(grading, snapshot)
        if !order.isReadBack {
            proof.grade = proof.grade == .proven ? .checked : proof.grade
            proof.reasons.append("it was not read back from the disk")
        }
        var made = try await finish(store, manifest, proof, keyring.keys, snapshot?.node)
        made.hostRecipients = hostRecipients
        return made
    }

    /// `keys`: live ones, as etcd counts them.
    private struct Taken: Sendable {
        var summary: SnapshotSummary
        var keys: Int
        var node: NodeName
    }

    /// From the first of them; `nil` where there is none.
    private func snapshot(from ranked: [NodeName], into store: Store) async throws -> Taken? {
        if let folder = order.dataFolder { return try await snapshot(from: folder, into: store) }
        guard let node = ranked.first, let endpoint = ways.etcd[node] else { return nil }
        do {
            return try await snapshot(from: node, endpoint, into: store)
        } catch let error where error is EtcdError || error is SnapshotError || error is ArchivingError {
            throw MemberFailure(error: error)
        }
    }

    private func snapshot(from node: NodeName, _ endpoint: EtcdEndpoint, into store: Store) async throws -> Taken {
        try await EtcdClient.with(endpoint) { client in
            let summary = try await ArchiveStream(store).run(progress: progress(node)) { receive in
                try await client.snapshot(receive: receive)
            }
            let keys = try? await client.keyCount(at: summary.revision)
            return Taken(summary: summary, keys: keys ?? summary.records, node: node)
        }
    }

    private func snapshot(from folder: DataFolder, into store: Store) async throws -> Taken {
        guard let host = facts.nodes.first(where: { $0.name == folder.node })?.host.value,
            let session = ways.sessions[folder.node]
        else { throw BackupError(.cannotRead, "\(folder.node) cannot be reached") }
        let summary = try await ArchiveStream(store).run(progress: progress(folder.node)) { receive in
            try await folder.read(host, session, receive: receive)
        }
        return Taken(summary: summary, keys: summary.records, node: folder.node)
    }

    private func progress(_ node: NodeName) -> @Sendable (Int64, Int64) -> Void {
        { [report] done, size in report(.snapshot(node: node, done: done, size: size)) }
    }

    private func hashes(_ snapshot: Taken?) async throws -> [ProofRecord.MemberHash] {
        guard let snapshot, order.dataFolder == nil else { return [] }
        let voters = self.voters
        report(.comparing(members: voters.count))
        return try await MemberHashes(voters: voters).ask(at: snapshot.summary.revision)
    }

    private func finish(
        _ store: Store, _ manifest: Manifest, _ proof: ProofRecord, _ keys: KeyRing, _ node: NodeName?
    ) async throws -> Made {
        try await store.perform { builder in
            try builder.add(ArchiveNames.proof, json: proof)
            try builder.finish()
        }
        if order.isReadBack { report(.readingBack(size: try await store.perform { $0.size })) }
        let order = self.order
        let kubernetes = manifest.kubernetes
        let entry = try await store.perform { builder in
            if order.isReadBack {
                let read = try builder.readBack()
                guard read.manifest == manifest, read.proof == proof, read.snapshot?.digest ?? "" == proof.digest else {
                    throw BackupError(.damaged, "what was read back from the disk is not what was written")
                }
            }
            var entry = ArchiveFacts(
                name: builder.name, cluster: order.cluster, clusterID: manifest.etcd?.clusterID ?? "",
                createdAt: order.now, grade: proof.grade, reasons: proof.reasons, revision: proof.revision,
                keys: proof.keys, size: builder.size, sha256: builder.sha256, kubernetes: kubernetes,
                etcd: manifest.etcd?.version, nodes: manifest.nodes.filter { $0.absence == nil }.map(\.name.text),
                recipients: order.recipients.map(\.description),
                hasEncryptionKeys: !proof.encryptionKeys.isEmpty
                    && proof.encryptionKeys.allSatisfy { keys.covers(encryptionKey: $0) })
            entry.kubeSystemUID = manifest.kubeSystemUID
            // Before it is listed: an archive that nobody owns would never be sent to a replica.
            let folder = ArchiveFolder(order.folder)
            try folder.note(builder.name) { $0.isOwn = true }
            try builder.publish(entry, signedBy: order.signingKey)
            // It is listed: that its note does not say so is no reason to call it lost.
            try? folder.note(builder.name) { $0.wasListed = true }
            return entry
        }
        var made = Made(entry: entry, manifest: manifest, usedMember: node)
        made.checks = MadeChecks.words(manifest, proof, keys, isReadBack: order.isReadBack)
        if let drill = order.drill, node != nil {
            made.drill = await self.drill(drill, entry, try await store.perform { $0.provingKey })
        }
        return made
    }

    /// The archive is what it is, whatever becomes of the drill.
    private func drill(
        _ setup: (programs: String, disk: DrillDisk), _ entry: ArchiveFacts, _ key: AgeKey
    ) async -> Result<Drill.Report, BackupError> {
        let drill = Drill.Order(
            path: "\(order.folder)/\(entry.name)", key: key, entry: entry, programs: setup.programs, apiServer: nil,
            disk: setup.disk, now: order.now)
        do {
            let found = try await Drill(drill) { [report] in report(.drilling($0)) }.run()
            if found.differences.isEmpty {
                try ArchiveFolder(order.folder).note(entry.name) { $0.drilledAt = order.now }
            }
            return .success(found)
        } catch {
            return .failure(error as? BackupError ?? BackupError(.damaged, "\(error)"))
        }
    }

    private static func proof(_ grading: Grading, _ snapshot: Taken?) -> ProofRecord {
        let (grade, reasons) = grading.grade()
        return ProofRecord(
            revision: snapshot?.summary.revision ?? 0, compactRevision: snapshot?.summary.compactRevision ?? 0,
            keys: snapshot?.keys ?? 0, digest: snapshot?.summary.digest ?? "", hashes: grading.hashes,
            encryptionKeys: snapshot?.summary.encryptionKeys ?? [], grade: grade, reasons: reasons)
    }
}
