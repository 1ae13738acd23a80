import Backups

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file tree that is written into, never through a link of its own.
struct RootTree: Sendable {
    let root: String
    private static let stage = "/.kupgrade-restore"
    private static let textLimit = 4 << 20

    init(_ root: String) { self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root }

    func has(_ path: String) -> Bool {
        var status = stat()
        return lstat(root + path, &status) == 0
    }

    private static let mark = "/.kupgrade-restore-open"

    /// It is being filled: what is in it was placed by a run that may have been cut off.
    var isOpen: Bool { has(Self.mark) }

    func open() throws {
        let descriptor = Glibc.open(root + Self.mark, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        try check(descriptor, Self.mark)
        fsync(descriptor)
        Glibc.close(descriptor)
    }

    /// Everything is on the disk.
    func close() {
        sync()
        unlink(root + Self.mark)
        sync()
    }

    func text(_ path: String) -> String? {
        (try? FileReader.contents(root + path, limit: Self.textLimit)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// On the tree's own file system, for root alone.
    func makeStage() throws -> String {
        try check(mkdir(root + Self.stage, 0o700), Self.stage)
        return root + Self.stage
    }

    func sweep() { Self.remove(root + Self.stage) }

    /// With its parents, which belong to root and which everybody may enter.
    func makeFolder(_ path: String, mode: UInt32, _ user: UInt32, _ group: UInt32) throws {
        try makeParents(of: path)
        var status = stat()
        if lstat(root + path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw BackupError(.cannotWrite, "\(root)\(path) is no folder")
            }
            return
        }
        try check(mkdir(root + path, mode), path)
        try check(lchown(root + path, user, group), path)
        try check(chmod(root + path, mode), path)
    }

    /// A new file, flushed to the disk before it has its name.
    func write(_ path: String, _ bytes: [UInt8], mode: UInt32, _ user: UInt32, _ group: UInt32) throws {
        try makeParents(of: path)
        let new = root + path + ".kupgrade-new"
        unlink(new)
        let descriptor = Glibc.open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        try check(descriptor, path)
        do {
            defer { Glibc.close(descriptor) }
            try DrillFolder.write(bytes, to: descriptor, new)
            try check(fchown(descriptor, user, group), path)
            try check(fchmod(descriptor, mode), path)
            try check(fsync(descriptor), path)
        }
        try check(rename(new, root + path), path)
    }

    func link(_ path: String, _ target: String, _ user: UInt32, _ group: UInt32) throws {
        try makeParents(of: path)
        unlink(root + path)
        try check(symlink(target, root + path), path)
        try check(lchown(root + path, user, group), path)
    }

    /// `from`: absolute. Everything is on the disk before it has its name.
    func move(_ from: String, to path: String) throws {
        sync()
        try check(rename(from, root + path), path)
    }

    /// All below a folder, which nobody else may enter.
    func own(_ folder: String, _ user: UInt32, _ group: UInt32) throws {
        try check(lchown(folder, user, group), folder)
        for name in FolderListing.names(folder) where name != "." && name != ".." {
            let path = "\(folder)/\(name)"
            var status = stat()
            try check(lstat(path, &status), path)
            if status.st_mode & S_IFMT == S_IFDIR {
                try own(path, user, group)
            } else {
                try check(lchown(path, user, group), path)
            }
        }
    }

    private func makeParents(of path: String) throws {
        var prefix = ""
        for part in path.split(separator: "/").dropLast() {
            prefix += "/" + part
            var status = stat()
            if lstat(root + prefix, &status) == 0 {
                guard status.st_mode & S_IFMT == S_IFDIR else {
                    throw BackupError(
                        .cannotWrite, "\(root)\(prefix) is a link or a file, and nothing is written through it")
                }
                continue
            }
            try check(mkdir(root + prefix, 0o755), prefix)
            try check(chmod(root + prefix, 0o755), prefix)
        }
    }

    /// Links are removed, never followed.
    static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in FolderListing.names(path) where name != "." && name != ".." { remove("\(path)/\(name)") }
        rmdir(path)
    }

    private func check(_ result: Int32, _ path: String) throws {
        guard result < 0 else { return }
        throw BackupError(.cannotWrite, "\(path) cannot be made: \(String(cString: strerror(errno)))")
    }
}
