import CArchive

/// Writes a `tar` (pax) compressed by zstd, piece by piece, to wherever the bytes are to go.
///
/// Entries come one after the other: ``begin(_:)``, the bytes of a file by ``write(_:)``, the next entry; ``finish()`` at
/// the end, without which the archive is not whole. Not to be shared between tasks.
public final class ArchiveWriter {
    /// Takes bytes of the compressed archive; they are valid during the call only.
    public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private let archive: OpaquePointer
    private let target: Target
    /// Of the entry that is being written.
    private var remaining: Int64 = 0

    /// What libarchive hands its bytes to.
    private final class Target {
        let sink: Sink
        var error: (any Error)?

        init(_ sink: @escaping Sink) { self.sink = sink }
    }

    /// `level`: zstd's, 1 to 19. Throws ``ArchivingError``.
    public init(level: Int = 1, to sink: @escaping Sink) throws {
        guard let archive = archive_write_new() else { throw ArchivingError(.failed, "there is no memory") }
        self.archive = archive
        target = Target(sink)
        try check(archive_write_set_format_pax(archive))
        try check(archive_write_add_filter_zstd(archive))
        try check(archive_write_set_filter_option(archive, "zstd", "compression-level", "\(level)"))
        try check(archive_write_set_bytes_per_block(archive, 256 << 10))
        try check(archive_write_set_bytes_in_last_block(archive, 1))
        let unmanaged = Unmanaged.passUnretained(target)
        let opened = archive_write_open(archive, unmanaged.toOpaque(), nil, Self.receive, nil)
        try check(opened)
    }

    deinit { _ = archive_write_free(archive) }

    private static let receive:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, UnsafeRawPointer?, Int
        ) -> Int = { _, context, bytes, count in
            guard let context, let bytes else { return -1 }
            let target = Unmanaged<Target>.fromOpaque(context).takeUnretainedValue()
            guard target.error == nil else { return -1 }
            do {
                try target.sink(UnsafeRawBufferPointer(start: bytes, count: count))
                return count
            } catch {
                target.error = error
                return -1
            }
        }

    /// Begins an entry. Throws ``ArchivingError`` (`misuse` for a path that leads out, or when the entry before lacks
    /// bytes), or what the sink throws.
    public func begin(_ entry: ArchiveEntry) throws {
        guard remaining == 0 else {
            throw ArchivingError(.misuse, "\(remaining) bytes of the entry before are missing")
        }
        guard ArchiveEntry.isSafe(entry.path) else { throw ArchivingError(.misuse, "\(entry.path) leads out") }
        guard let header = archive_entry_new() else { throw ArchivingError(.failed, "there is no memory") }
        defer { archive_entry_free(header) }
        entry.fill(header)
        // A warning: the name is no UTF-8 in this program's locale, so it goes in as bytes, which pax can say.
        let code = archive_write_header(archive, header)
        guard code == ARCHIVE_OK || code == ARCHIVE_WARN && target.error == nil else { throw failure() }
        remaining = entry.size
    }

    /// Bytes of the entry that was begun. Throws as ``begin(_:)``; `misuse` for more than were announced.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard Int64(bytes.count) <= remaining else {
            throw ArchivingError(.misuse, "an entry has more bytes than it was said to have")
        }
        remaining -= Int64(bytes.count)
        var rest = bytes
        while !rest.isEmpty {
            let written = archive_write_data(archive, rest.baseAddress, rest.count)
            guard written > 0 else { throw failure() }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// A whole file at once. Throws as ``begin(_:)``.
    public func add(_ entry: ArchiveEntry, _ bytes: some Collection<UInt8>) throws {
        try begin(entry)
        let done: Void? = try bytes.withContiguousStorageIfAvailable { try write(UnsafeRawBufferPointer($0)) }
        if done == nil { try Array(bytes).withUnsafeBytes { try write($0) } }
    }

    /// Writes what is still held back. Throws as ``begin(_:)``.
    public func finish() throws {
        guard remaining == 0 else { throw ArchivingError(.misuse, "\(remaining) bytes of the last entry are missing") }
        try check(archive_write_close(archive))
    }

    private func check(_ code: Int32) throws {
        guard code == ARCHIVE_OK else { throw failure() }
    }

    /// What the sink threw, else what libarchive says.
    private func failure() -> any Error {
        if let error = target.error { return error }
        let words = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        return ArchivingError(.failed, "the archive cannot be written: \(words)")
    }
}

extension ArchiveEntry {
    fileprivate func fill(_ header: OpaquePointer) {
        archive_entry_set_pathname(header, path)
        archive_entry_set_perm(header, mode)
        archive_entry_set_uname(header, owner)
        archive_entry_set_gname(header, group)
        archive_entry_set_uid(header, ownerID)
        archive_entry_set_gid(header, groupID)
        archive_entry_set_mtime(header, time_t(modifiedAt), 0)
        archive_entry_set_size(header, size)
        switch kind {
        case .file: archive_entry_set_filetype(header, 0o100000)
        case .folder: archive_entry_set_filetype(header, 0o040000)
        case .link(let target):
            archive_entry_set_filetype(header, 0o120000)
            archive_entry_set_symlink(header, target)
        }
    }
}
