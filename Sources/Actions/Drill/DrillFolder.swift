import Backups
import NodeAccess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where a drill may lie when memory has no room for it.
public struct DrillDisk: Sendable, Hashable {
    /// What a killed drill left there is removed in any case.
    public var folder: String
    /// The data is unsealed there until the drill ends.
    public var isAllowed: Bool

    public init(folder: String, isAllowed: Bool) {
        self.folder = folder
        self.isAllowed = isAllowed
    }
}

/// A folder that only we can enter, in memory where there is room, gone when the value goes; and what a killed process left
/// of such folders is swept by the next one.
final class DrillFolder: Sendable {
    let path: String
    let isInMemory: Bool
    private let descriptor: Int32
    private static let prefix = "kupgrade-drill-"

    /// `needed`: bytes. Throws `BackupError`.
    init(needed: Int64, disk: DrillDisk) throws(BackupError) {
        for parent in ["/dev/shm", disk.folder] { Self.sweep(parent) }
        for (parent, isMemory) in [("/dev/shm", true)] + (disk.isAllowed ? [(disk.folder, false)] : []) {
            guard Self.room(parent) > needed, !isMemory || Self.leavesMemory(needed) else { continue }
            guard let folder = PrivateFolder.make("\(parent)/\(Self.prefix)") else { continue }
            path = folder
            isInMemory = isMemory
            // Held for as long as we live: what nobody holds is swept.
            descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            _ = flock(descriptor, LOCK_EX | LOCK_NB)
            return
        }
        let room = "\(needed >> 20) MiB free for a throw-away etcd"
        throw BackupError(
            .cannotWrite,
            disk.isAllowed
                ? "neither memory (/dev/shm) nor \(disk.folder) has \(room)"
                : "memory (/dev/shm) has no \(room); --on-disk lets it use the disk, where the data is unsealed meanwhile"
        )
    }

    deinit {
        close(descriptor)
        RootTree.remove(path)
    }

    private static func room(_ folder: String) -> Int64 {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return 0 }
        return Int64(status.f_bavail) * Int64(status.f_frsize)
    }

    /// Others live in the same memory: a fifth of it, and half a GiB, stays.
    private static func leavesMemory(_ needed: Int64) -> Bool {
        // A file of the kernel says no size of its own.
        let bytes = KernelFile.read("/proc/meminfo", limit: 64 << 10)
        var sizes: [Substring: Int64] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
            if words.count > 1, let kilobytes = Int64(words[1]) { sizes[words[0]] = kilobytes << 10 }
        }
        guard let total = sizes["MemTotal"], let available = sizes["MemAvailable"] else { return false }
        return available - needed > max(512 << 20, total / 5)
    }

    private static func sweep(_ parent: String) {
        for name in FolderListing.names(parent) where name.hasPrefix(prefix) {
            let folder = "\(parent)/\(name)"
            var status = stat()
            guard lstat(folder, &status) == 0, status.st_uid == getuid(), status.st_mode & S_IFMT == S_IFDIR,
                // Another drill may have made it and not yet locked it.
                time(nil) - status.st_mtim.tv_sec > 60
            else { continue }
            let held = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard held >= 0 else { continue }
            let isFree = flock(held, LOCK_EX | LOCK_NB) == 0
            close(held)
            if isFree { RootTree.remove(folder) }
        }
    }

    /// A file that only we can read. Throws `BackupError`.
    func write(_ name: String, _ bytes: [UInt8]) throws(BackupError) -> String {
        let file = "\(path)/\(name)"
        let opened = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw BackupError(.cannotWrite, "\(file) cannot be written") }
        defer { close(opened) }
        try Self.write(bytes, to: opened, file)
        return file
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, _ file: String) throws(BackupError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BackupError(.cannotWrite, "\(file) cannot be written") }
            rest = rest.dropFirst(count)
        }
    }
}

/// A file that grows piece by piece.
actor GrowingFile {
    private let descriptor: Int32
    private let path: String

    init(_ path: String) throws(BackupError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupError(.cannotWrite, "\(path) cannot be written") }
    }

    deinit { close(descriptor) }

    func append(_ bytes: [UInt8]) throws(BackupError) {
        try DrillFolder.write(bytes, to: descriptor, path)
    }
}

/// A snapshot that is copied while it is checked, into a folder that is made when its size is known.
final class SnapshotCopy {
    static let name = "/snapshot.db"
    private let disk: DrillDisk
    private var folder: DrillFolder?
    private var descriptor: Int32 = -1

    init(disk: DrillDisk) { self.disk = disk }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Throws `BackupError` where there is no room for it and for what is made of it.
    func write(_ bytes: UnsafeRawBufferPointer, of size: Int64) throws {
        if folder == nil {
            let made = try DrillFolder(needed: 2 * size + (192 << 20), disk: disk)
            descriptor = open(made.path + Self.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw BackupError(.cannotWrite, "\(made.path) cannot be written") }
            folder = made
        }
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BackupError(.cannotWrite, "the snapshot cannot be written") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// The folder with the snapshot; `nil` where there was none.
    func finish() -> DrillFolder? { folder }
}

/// A small file of the kernel's, which has no size before it is read.
enum KernelFile {
    static func read(_ path: String, limit: Int) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < limit {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
