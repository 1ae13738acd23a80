import UpgradePlanning

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file of the user that decides what is done as root: it must be the caller's or root's, and only theirs to write.
enum OwnedFile {
    /// Reads at most `limit` bytes. Throws ``Problem`` for a file that is missing, foreign, too large or unreadable.
    ///
    /// `isSecret`: others must not be able to read it either.
    static func read(
        _ path: String, caller: UInt32, limit: Int, what: String, isSecret: Bool = false
    ) throws(Problem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, what: what, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, what: what, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Problem("KUP-E003", "\(what) \(path) is not a regular file", status: .refused)
        }
        guard status.st_uid == caller || status.st_uid == 0, status.st_mode & 0o022 == 0 else {
            throw Problem(
                "KUP-E004", "\(what) \(path) can be changed by others",
                because: [
                    "it belongs to user id \(status.st_uid) and has mode 0\(String(status.st_mode & 0o777, radix: 8))"
                ],
                next: (status.st_uid == caller || status.st_uid == 0
                    ? [] : ["sudo chown \(caller) \(Paste.word(path))"])
                    + ["chmod go-w \(Paste.word(path))"], status: .refused)
        }
        guard !isSecret || status.st_mode & 0o077 == 0 else {
            throw Problem(
                "KUP-E007", "\(what) \(path) can be read by others",
                because: ["it has mode 0\(String(status.st_mode & 0o777, radix: 8))"],
                next: ["chmod 600 \(path)"], status: .refused)
        }
        return try contents(of: descriptor, path, limit: limit, what: what)
    }

    /// The beginning of a regular file that anybody may own: at most `limit` bytes. Throws ``Problem``.
    static func head(_ path: String, limit: Int, what: String) throws(Problem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, what: what, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem("KUP-E003", "\(what) \(path) is not a regular file", status: .refused)
        }
        var bytes = [UInt8](repeating: 0, count: limit)
        var count = 0
        while count < limit {
            let part = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, limit - count)
            }
            if part < 0 {
                if errno == EINTR { continue }
                throw unreadable(path, what: what, errno: errno)
            }
            if part == 0 { break }
            count += part
        }
        return Array(bytes.prefix(count))
    }

    private static func contents(
        of descriptor: Int32, _ path: String, limit: Int, what: String
    ) throws(Problem) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path, what: what, errno: errno)
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else {
                throw Problem("KUP-E005", "\(what) \(path) is larger than \(limit) bytes", status: .refused)
            }
        }
    }

    private static func unreadable(_ path: String, what: String, errno code: Int32) -> Problem {
        let reason = String(cString: strerror(code))
        if code == ENOENT {
            return Problem("KUP-E002", "there is no \(what) \(path)", status: .usage)
        }
        return Problem("KUP-E003", "\(what) \(path) cannot be read", because: [reason], status: .refused)
    }
}
