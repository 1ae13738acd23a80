import CArchive

/// Reads a `tar`, plain or compressed by zstd, entry by entry, from wherever the bytes come from.
///
/// What it reads is hostile: an entry that is no file, folder or symbolic link, or whose path leads out, ends the reading.
/// Not to be shared between tasks.
public final class ArchiveReader {
    /// Gives the next bytes of the archive, empty at its end.
    public typealias Source = () throws -> [UInt8]

    /// What is read at most.
    public struct Limits: Sendable {
        public var entries: Int
        /// Of all files together.
        public var bytes: Int64

        public init(entries: Int = 100_000, bytes: Int64 = 64 << 30) {
            self.entries = entries
            self.bytes = bytes
        }
    }

    private let archive: OpaquePointer
    private let origin: Origin
    private var limits: Limits

    /// What libarchive gets its bytes from.
    private final class Origin {
        let source: Source
        var error: (any Error)?
        /// What was handed out last: it must stay where it is until more is asked for.
        var memory: UnsafeMutableRawBufferPointer?

        init(_ source: @escaping Source) { self.source = source }

        func next() throws -> UnsafeMutableRawBufferPointer? {
            release()
            let bytes = try source()
            guard !bytes.isEmpty else { return nil }
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
            copy.copyBytes(from: bytes)
            memory = copy
            return copy
        }

        func release() {
            memory?.deallocate()
            memory = nil
        }

        deinit { release() }
    }

    /// Throws ``ArchivingError``, or what the source throws.
    public init(limits: Limits = Limits(), from source: @escaping Source) throws {
        guard let archive = archive_read_new() else { throw ArchivingError(.failed, "there is no memory") }
        self.archive = archive
        self.limits = limits
        origin = Origin(source)
        try check(archive_read_support_format_tar(archive))
        try check(archive_read_support_filter_zstd(archive))
        let unmanaged = Unmanaged.passUnretained(origin)
        try check(archive_read_open(archive, unmanaged.toOpaque(), nil, Self.provide, nil))
    }

    deinit { _ = archive_read_free(archive) }

    private static let provide:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafeRawPointer?>?
        ) -> Int = { _, context, target in
            guard let context, let target else { return -1 }
            let origin = Unmanaged<Origin>.fromOpaque(context).takeUnretainedValue()
            do {
                guard let memory = try origin.next() else { return 0 }
                target.pointee = UnsafeRawPointer(memory.baseAddress)
                return memory.count
            } catch {
                origin.error = error
                return -1
            }
        }

    /// The next entry; `nil` at the end. Bytes of the one before that were not read are passed over.
    ///
    /// Throws ``ArchivingError``: `damaged`, `forbidden`; or what the source throws.
    public func next() throws -> ArchiveEntry? {
        var header: OpaquePointer?
        let code = archive_read_next_header(archive, &header)
        // libarchive may take a source that failed for one that ended.
        if let error = origin.error { throw error }
        if code == ARCHIVE_EOF { return nil }
        try check(code)
        guard let header else { throw failure() }
        limits.entries -= 1
        guard limits.entries >= 0 else { throw ArchivingError(.forbidden, "the archive has too many entries") }
        let entry = try ArchiveEntry(header)
        limits.bytes -= entry.size
        guard limits.bytes >= 0 else { throw ArchivingError(.forbidden, "the archive is too large") }
        return entry
    }

    /// Hands over the bytes of the entry, piece by piece; they are valid during the call only.
    ///
    /// Throws ``ArchivingError`` `damaged` when there are fewer than its size; or what `body` or the source throws.
    public func read(_ entry: ArchiveEntry, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var remaining = entry.size
        while remaining > 0 {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let code = archive_read_data_block(archive, &start, &count, &offset)
            if code == ARCHIVE_EOF { break }
            try check(code)
            guard offset == entry.size - remaining, Int64(count) <= remaining else {
                throw ArchivingError(.forbidden, "\(entry.path) has holes")
            }
            remaining -= Int64(count)
            try body(UnsafeRawBufferPointer(start: start, count: count))
        }
        guard remaining == 0 else { throw ArchivingError(.damaged, "the archive ends within \(entry.path)") }
    }

    /// The next bytes of the entry that was read last, at most `count`; empty at its end. Throws ``ArchivingError``, or what
    /// the source throws. Whether there were as many as the entry's size is for the caller to count.
    public func piece(_ count: Int) throws -> [UInt8] {
        var failed: Int = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let more = archive_read_data(archive, buffer.baseAddress.map { $0 + filled }, count - filled)
                if more <= 0 {
                    failed = more
                    return
                }
                filled += more
            }
        }
        if failed < 0 { throw failure() }
        return bytes
    }

    /// The bytes of a small entry. Throws as ``read(_:_:)``; `forbidden` when it is greater than `limit`.
    public func contents(_ entry: ArchiveEntry, limit: Int) throws -> [UInt8] {
        guard entry.size <= limit else { throw ArchivingError(.forbidden, "\(entry.path) is larger than it may be") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(entry.size))
        try read(entry) { bytes.append(contentsOf: $0) }
        return bytes
    }

    private func check(_ code: Int32) throws {
        guard code == ARCHIVE_OK || code == ARCHIVE_WARN && origin.error == nil else { throw failure() }
    }

    private func failure() -> any Error {
        if let error = origin.error { return error }
        let words = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        return ArchivingError(.damaged, "the archive cannot be read: \(words)")
    }
}

extension ArchiveEntry {
    fileprivate init(_ header: OpaquePointer) throws {
        func text(_ name: UnsafePointer<CChar>?) -> String? { name.map { String(cString: $0) } }
        guard var path = text(archive_entry_pathname_utf8(header) ?? archive_entry_pathname(header)) else {
            throw ArchivingError(.forbidden, "an entry has no name")
        }
        let type = archive_entry_filetype(header)
        if type == 0o040000 { while path.count > 1, path.hasSuffix("/") { path.removeLast() } }
        guard Self.isSafe(path) else { throw ArchivingError(.forbidden, "an entry's path leads out of the archive") }
        guard archive_entry_hardlink(header) == nil else {
            throw ArchivingError(.forbidden, "\(path) is a hard link, which has no place here")
        }
        let kind: Kind
        switch type {
        case 0o100000: kind = .file(size: archive_entry_size(header))
        case 0o040000: kind = .folder
        case 0o120000: kind = .link(text(archive_entry_symlink_utf8(header) ?? archive_entry_symlink(header)) ?? "")
        default: throw ArchivingError(.forbidden, "\(path) is neither file, folder nor symbolic link")
        }
        self.init(
            path: path, kind: kind, mode: archive_entry_perm(header),
            owner: text(archive_entry_uname_utf8(header)) ?? "", group: text(archive_entry_gname_utf8(header)) ?? "",
            ownerID: archive_entry_uid(header), groupID: archive_entry_gid(header),
            modifiedAt: Int64(archive_entry_mtime(header)))
    }
}
