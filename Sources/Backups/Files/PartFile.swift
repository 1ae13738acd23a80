#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that appears as a whole or not at all: written as `NAME.part` (0600), flushed to the disk, renamed, and the
/// folder flushed too.
///
/// What is not published is removed when the value goes. Not to be shared between tasks.
final class PartFile {
    let path: String
    private let part: String
    private var descriptor: Int32
    /// It is ours to remove. Not before it was made: whoever made one of this name before keeps it.
    private var isThere = false

    /// Throws ``BackupError`` `cannotWrite`, also where another maker writes the same name.
    init(_ path: String, part: String? = nil) throws(BackupError) {
        self.path = path
        self.part = part ?? path + ArchiveNames.part
        descriptor = open(self.part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw Self.failure("\(path) cannot be written") }
        isThere = true
        // Held while it is written: what nobody holds was left behind by a crash. Who sweeps may hold it for a moment.
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
        guard isStillOurs else {
            isThere = false
            throw BackupError(.cannotWrite, "\(path) was swept away as it was begun")
        }
    }

    /// The name leads to the file that is open.
    private var isStillOurs: Bool {
        var (open, named) = (stat(), stat())
        return fstat(descriptor, &open) == 0 && lstat(part, &named) == 0 && open.st_ino == named.st_ino
            && open.st_dev == named.st_dev
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if isThere { unlink(part) }
    }

    /// Throws ``BackupError`` `cannotWrite`.
    func write(_ bytes: UnsafeRawBufferPointer) throws(BackupError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure("\(path) cannot be written")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Puts everything on the disk, and takes it out of memory: who reads it next reads the disk. Throws ``BackupError``.
    func flush() throws(BackupError) {
        guard fsync(descriptor) == 0 else { throw Self.failure("\(path) cannot be flushed to the disk") }
        _ = posix_fadvise(descriptor, 0, 0, Int32(POSIX_FADV_DONTNEED))
    }

    /// Reads what was written, from its start. Throws ``BackupError``.
    func reader() throws(BackupError) -> FileReader { try FileReader(part) }

    /// Gives it its name. Throws ``BackupError``.
    func publish() throws(BackupError) {
        guard rename(part, path) == 0 else { throw Self.failure("\(path) cannot be renamed") }
        isThere = false
        try Self.flushFolder(of: path)
    }

    static func flushFolder(of path: String) throws(BackupError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let directory = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("\(folder) cannot be flushed to the disk") }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure("\(folder) cannot be flushed to the disk") }
    }

    /// A small file in the same way. Throws ``BackupError``.
    static func write(_ path: String, _ bytes: [UInt8]) throws(BackupError) {
        try fill(try PartFile(path), bytes)
    }

    /// The same for a file that several processes may replace at once: the last one stays. Throws ``BackupError``.
    static func replace(_ path: String, _ bytes: [UInt8]) throws(BackupError) {
        let part = "\(path).\(getpid())\(ArchiveNames.part)"
        // Of a process of this number that is gone.
        unlink(part)
        try fill(try PartFile(path, part: part), bytes)
    }

    private static func fill(_ file: PartFile, _ bytes: [UInt8]) throws(BackupError) {
        do {
            try bytes.withUnsafeBytes { try file.write($0) }
        } catch let error as BackupError { throw error } catch {}
        try file.flush()
        try file.publish()
    }

    private static func failure(_ what: String) -> BackupError {
        BackupError(.cannotWrite, "\(what): \(String(cString: strerror(errno)))")
    }
}
