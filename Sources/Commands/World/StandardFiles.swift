import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Files of the program itself.
enum StandardFiles {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Replaces a file as a whole: written beside it, flushed to the disk, renamed, the folder flushed too.
    ///
    /// Makes the folder (0700) where it is missing. Throws ``Problem`` and leaves the old file as it was.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o600) throws(Problem) {
        try publish(path, bytes, mode) { rename($0, path) }
    }

    /// The same for a file that must not be there yet: whoever made it in between keeps it. Throws ``Problem``.
    static func create(_ path: String, with bytes: [UInt8], mode: mode_t = 0o600) throws(Problem) {
        try publish(path, bytes, mode) { temporary in
            let result = link(temporary, path)
            let reason = errno
            unlink(temporary)
            errno = reason
            return result
        }
    }

    private static func publish(
        _ path: String, _ bytes: [UInt8], _ mode: mode_t, _ move: (String) -> Int32
    ) throws(Problem) {
        let folder = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
        makeFolder(folder)
        let temporary = "\(path).part-\(getpid())"
        // One that a crash left behind, or that somebody put there.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("cannot be written", path) }
        let isWritten = write(bytes, to: descriptor)
        close(descriptor)
        guard isWritten, move(temporary) == 0 else {
            let problem = failure("cannot be written", path)
            unlink(temporary)
            throw problem
        }
        let directory = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            _ = fsync(directory)
            close(directory)
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
                if count < 0 && errno != EINTR { return false }
                offset += max(0, count)
            }
            return fsync(descriptor) == 0
        }
    }

    private static func makeFolder(_ folder: String) {
        guard !folder.isEmpty, !exists(folder) else { return }
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    private static func failure(_ what: String, _ path: String) -> Problem {
        Problem("KUP-E006", "\(path) \(what)", because: [String(cString: strerror(errno))])
    }
}
