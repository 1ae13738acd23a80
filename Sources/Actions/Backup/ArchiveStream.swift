import Archiving
import Backups
import EtcdSnapshots

/// Takes a snapshot as it comes: one half checks it, the other writes it, at the same time.
struct ArchiveStream: Sendable {
    private let checker = Checker()
    private let store: Store

    init(_ store: Store) { self.store = store }

    /// Hands over the bytes of a snapshot as they come, with how many there will be.
    typealias Source = (@escaping @Sendable ([UInt8], Int64) async throws -> Void) async throws -> Void

    /// Throws `SnapshotError`, `BackupError`, and what the source throws.
    func run(
        progress: @escaping @Sendable (Int64, Int64) -> Void, from source: Source
    ) async throws -> SnapshotSummary {
        let pieces = Pieces()
        try await source { bytes, size in
            guard let piece = await pieces.add(bytes, size) else { return }
            try await take(piece.bytes, piece.done, size)
            progress(piece.done, size)
        }
        if let last = await pieces.rest() { try await take(last.bytes, last.done, last.size) }
        let summary = try await checker.finish()
        try await store.end(digest: summary.fileDigest)
        return summary
    }

    private func take(_ bytes: [UInt8], _ done: Int64, _ size: Int64) async throws {
        async let checked: Void = checker.write(bytes)
        try await store.write(bytes, ofSnapshot: size)
        try await checked
    }

    /// Joins etcd's 32 KiB into pieces that are worth a hand-over.
    private actor Pieces {
        private var bytes: [UInt8] = []
        private var done: Int64 = 0
        private var size: Int64 = 0
        private static let count = 1 << 20

        func add(_ more: [UInt8], _ size: Int64) -> (bytes: [UInt8], done: Int64)? {
            if bytes.isEmpty { bytes.reserveCapacity(Self.count + (64 << 10)) }
            bytes += more
            done += Int64(more.count)
            self.size = size
            guard bytes.count >= Self.count else { return nil }
            defer { bytes = [] }
            return (bytes, done)
        }

        func rest() -> (bytes: [UInt8], done: Int64, size: Int64)? {
            bytes.isEmpty ? nil : (bytes, done, size)
        }
    }

    private actor Checker {
        private var walker: SnapshotWalker? = SnapshotWalker()

        @inline(never)
        func write(_ bytes: [UInt8]) throws {
            try bytes.withUnsafeBytes { try walker?.write($0) }
        }

        // Inlined into an async function, the walker makes the optimiser of Swift 6.2 crash (coroutine splitting).
        @inline(never)
        func finish() throws -> SnapshotSummary {
            guard let walker = walker.take() else { throw BackupError(.damaged, "the snapshot was ended twice") }
            return try walker.finish()
        }
    }
}

/// The archive that is being built, for one task after the other.
actor Store {
    private let builder: ArchiveBuilder
    private var isOpen = false

    init(_ builder: sending ArchiveBuilder) { self.builder = builder }

    /// Something of a snapshot was written: no other can follow.

    func perform<Result: Sendable>(_ body: @Sendable (ArchiveBuilder) throws -> Result) throws -> Result {
        try body(builder)
    }

    func write(_ bytes: [UInt8], ofSnapshot size: Int64) throws {
        if !isOpen {
            try builder.begin(builder.entry(ArchiveNames.snapshot, size: size))
            isOpen = true
        }
        try bytes.withUnsafeBytes { try builder.writeUndigested($0) }
    }

    /// `digest`: of the whole snapshot.
    func end(digest: String) throws {
        guard isOpen else { throw BackupError(.damaged, "etcd sent an empty snapshot") }
        builder.end(digest: digest)
    }
}
