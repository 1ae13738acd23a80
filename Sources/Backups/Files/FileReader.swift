import Crypto

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reads a regular file from its start to its end. Not to be shared between tasks.
public final class FileReader {
    private let descriptor: Int32
    private let path: String
    /// Bytes when it was opened.
    public let size: Int64

    /// Throws ``BackupError`` `cannotRead`, also for what is no regular file; a symbolic link is none.
    public init(_ path: String) throws(BackupError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        let isFile = descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        size = isFile ? Int64(status.st_size) : 0
        guard isFile else {
            let reason = descriptor < 0 ? String(cString: strerror(errno)) : "it is no regular file"
            throw BackupError(.cannotRead, "\(path) cannot be read: \(reason)")
        }
        _ = posix_fadvise(descriptor, 0, 0, Int32(POSIX_FADV_SEQUENTIAL))
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Goes on so many bytes further. Throws ``BackupError`` `cannotRead`.
    public func skip(_ count: Int64) throws(BackupError) {
        guard lseek(descriptor, off_t(count), SEEK_CUR) >= 0 else {
            throw BackupError(.cannotRead, "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
    }

    /// The next bytes, at most as many as `buffer` takes; 0 at the end. Throws ``BackupError`` `cannotRead`.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(BackupError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR {
                throw BackupError(.cannotRead, "\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// All of a small file. Throws ``BackupError`` `cannotRead`, also when it is larger than `limit`.
    public static func contents(_ path: String, limit: Int) throws(BackupError) -> [UInt8] {
        let reader = try FileReader(path)
        guard reader.size <= limit else { throw BackupError(.cannotRead, "\(path) is larger than it may be") }
        var bytes = [UInt8](repeating: 0, count: limit)
        var count = 0
        while count < limit {
            let offset = count
            let result: Result<Int, BackupError> = bytes.withUnsafeMutableBytes { buffer in
                do throws(BackupError) {
                    return .success(try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])))
                } catch {
                    return .failure(error)
                }
            }
            let more = try result.get()
            if more == 0 { break }
            count += more
        }
        return Array(bytes.prefix(count))
    }
}

extension FileReader {
    /// Fills the buffer, but for the end of the file. Returns how much it read. Throws ``BackupError`` `cannotRead`.
    public func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(BackupError) -> Int {
        var count = 0
        while count < buffer.count {
            let more = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            if more == 0 { break }
            count += more
        }
        return count
    }

    /// Seconds since 1970; `nil` where there is no such file.
    public static func modified(_ path: String) -> Int64? {
        var status = stat()
        return lstat(path, &status) == 0 ? Int64(status.st_mtim.tv_sec) : nil
    }

    /// SHA-256 in hex, and bytes, of a whole file. Throws ``BackupError`` `cannotRead`.
    public static func digest(of path: String) throws -> (sha256: String, size: Int64) {
        let reader = try FileReader(path)
        var hash = SHA256()
        var size: Int64 = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try reader.fill($0) }
            if count == 0 { return (hash.finalize().hexText, size) }
            buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            size += Int64(count)
        }
    }
}
