#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writing that is on the disk when the call returns.
enum DurableFile {
    /// Folders with mode 0700, every missing one. Throws ``RunError``.
    static func makeFolder(_ path: String) throws(RunError) {
        var prefix = ""
        for part in path.split(separator: "/") {
            let parent = prefix
            prefix += "/" + part
            if mkdir(prefix, 0o700) == 0 {
                try flushFolder(parent.isEmpty ? "/" : parent)
            } else if errno != EEXIST {
                throw failure("\(prefix) cannot be made")
            }
        }
    }

    /// A new file, or nothing of it. Throws ``RunError``.
    static func write(_ path: String, _ bytes: [UInt8]) throws(RunError) {
        let part = path + ".part"
        let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("\(path) cannot be written") }
        do {
            defer { close(descriptor) }
            try write(bytes, to: descriptor, path)
        }
        guard rename(part, path) == 0 else { throw failure("\(path) cannot be renamed") }
        try flushFolder(of: path)
    }

    /// At the end of a file that is there or not. Throws ``RunError``.
    static func append(_ path: String, _ bytes: [UInt8]) throws(RunError) {
        let isNew = access(path, F_OK) != 0
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("\(path) cannot be written") }
        defer { close(descriptor) }
        try write(bytes, to: descriptor, path)
        if isNew { try flushFolder(of: path) }
    }

    static func cut(_ path: String, to count: Int) throws(RunError) {
        guard truncate(path, off_t(count)) == 0 else { throw failure("\(path) cannot be cut") }
    }

    /// `nil` where it is not there. Throws ``RunError`` `cannotRead`, also for one that is larger than `limit`.
    static func read(_ path: String, limit: Int) throws(RunError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("\(path) cannot be read", .cannotRead)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("\(path) cannot be read", .cannotRead)
            }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= limit else { throw RunError(.cannotRead, "\(path) is larger than it may be") }
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(RunError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("\(path) cannot be written")
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failure("\(path) cannot be flushed to the disk") }
    }

    private static func flushFolder(of path: String) throws(RunError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try flushFolder(folder.isEmpty ? "/" : folder)
    }

    private static func flushFolder(_ folder: String) throws(RunError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("\(folder) cannot be flushed to the disk") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("\(folder) cannot be flushed to the disk") }
    }

    private static func failure(_ what: String, _ code: RunError.Code = .cannotWrite) -> RunError {
        RunError(code, "\(what): \(String(cString: strerror(errno)))")
    }
}
