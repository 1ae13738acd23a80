import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A folder only we can enter, with a path short enough for the sockets in it (`sun_path` holds 108 bytes).
///
/// Its file `lock` is held for as long as the process lives: what a killed one left behind is told from what is in use.
enum SocketFolder {
    private static let prefix = "kupgrade-"
    private static let lock = "lock"
    /// Descriptors of the locks that this process holds, by folder.
    private static let held = Mutex<[String: Int32]>([:])

    static func make() throws -> String {
        let base = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) }
        for parent in [base, "/tmp"].compactMap({ $0 }) where parent.utf8.count < 50 {
            sweep(parent)
            guard let folder = PrivateFolder.make("\(parent)/\(prefix)") else { continue }
            let file = open("\(folder)/\(lock)", O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if file >= 0 {
                if flock(file, LOCK_EX | LOCK_NB) == 0 { held.withLock { $0[folder] = file } } else { close(file) }
            }
            return folder
        }
        throw NodeAccessError(.programMissing, node: "local", "no folder for ssh's sockets can be made in /tmp")
    }

    static func remove(_ folder: String) {
        for name in names(folder) { unlink("\(folder)/\(name)") }
        rmdir(folder)
        if let file = held.withLock({ $0.removeValue(forKey: folder) }) { close(file) }
    }

    /// Removes our own folders whose process is gone.
    static func sweep(_ parent: String, youngest: Int = 60) {
        for name in names(parent) where name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 6 {
            let folder = "\(parent)/\(name)"
            var about = stat()
            guard lstat(folder, &about) == 0, about.st_mode & S_IFMT == S_IFDIR, about.st_uid == geteuid(),
                // One that is being made is not locked yet.
                about.st_mtim.tv_sec < time(nil) - youngest
            else { continue }
            let file = open("\(folder)/\(lock)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard file >= 0 else { continue }
            if flock(file, LOCK_EX | LOCK_NB) == 0 { remove(folder) }
            close(file)
        }
    }

    private static func names(_ folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
