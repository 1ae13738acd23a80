public import AgeEncryption

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The folder of archives: known again by a mark in it, swept of what crashes left, checked for room.
public struct ArchiveFolder: Sendable {
    public let path: String
    /// Names the folder: where another file system is mounted, or none, the mark is missing or another.
    public static let mark = ".kupgrade-archives"
    /// Archives that were pruned wait here before they go.
    public static let trash = ".trash"
    /// Of a file that another host is sending here, and after how long it is given up.
    static let sending = ".sending"
    private static let abandoned: Int64 = 7 * 86_400
    /// An archive without a catalog entry was being published so short ago at most.
    private static let publishing: Int64 = 3_600

    public init(_ path: String) { self.path = path }

    /// Makes the folder (0700), where it is missing. Throws ``BackupError`` `cannotWrite`.
    public func make() throws(BackupError) {
        var partial = ""
        for part in path.split(separator: "/") {
            partial += "/\(part)"
            if mkdir(partial, 0o700) != 0, errno != EEXIST, errno != EROFS, errno != EACCES {
                throw BackupError(.cannotWrite, "\(partial) cannot be made: \(String(cString: strerror(errno)))")
            }
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw BackupError(.cannotWrite, "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    /// A mark that no other folder has.
    public static func newMark() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
    }

    /// Puts the recovery book and its signer beside the archives. Throws ``BackupError``.
    public func write(_ book: RecoveryBook, signedBy key: SigningKey) throws(BackupError) {
        let text = Array(book.text().utf8)
        let digest = SignatureDigest()
        text.withUnsafeBytes { digest.update($0) }
        let signature = key.sign(
            digest.finish(), untrustedComment: "signature by kupgrade of a recovery book",
            trustedComment: "cluster=\(book.archive.cluster) file=\(RecoveryBook.file) time=\(book.archive.createdAt)")
        try PartFile.replace("\(path)/\(RecoveryBook.file)", text)
        try PartFile.replace("\(path)/\(RecoveryBook.file)\(ArchiveNames.signature)", Array(signature.text.utf8))
        try PartFile.replace("\(path)/\(RecoveryBook.signers)", Array(book.signer.file.utf8))
    }

    public var hasBook: Bool { access("\(path)/\(RecoveryBook.file)", F_OK) == 0 }

    /// What the mark says; `nil` where there is none.
    public func identity() -> String? {
        (try? FileReader.contents("\(path)/\(Self.mark)", limit: 4_096)).map {
            String(decoding: $0.prefix { $0 != 10 }, as: UTF8.self)
        }
    }

    /// Puts a mark there, and returns the one that is there then: another maker's where two begin at the same moment.
    ///
    /// Throws ``BackupError``.
    public func markIt(_ identity: String) throws(BackupError) -> String {
        do {
            try PartFile.write("\(path)/\(Self.mark)", Array((identity + "\n").utf8))
            return identity
        } catch {
            for _ in 0..<50 {
                if let other = self.identity() { return other }
                usleep(100_000)
            }
            throw error
        }
    }

    /// Bytes that are free for the caller, and of the whole file system.
    public func room() -> (free: Int64, total: Int64) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return (0, 0) }
        return (Int64(status.f_bavail) * Int64(status.f_frsize), Int64(status.f_blocks) * Int64(status.f_frsize))
    }

    /// Removes what makers left that ended in the middle: files that were never whole. Archives that this host made and never
    /// listed go into the trash; any other without an entry, as one that somebody copied here, stays.
    ///
    /// `cluster`: of the names it may touch. Returns what it removed. A file that a maker still writes is locked, and stays.
    @discardableResult
    public func sweep(cluster: String, now: Int64) -> [String] {
        let prefixes = [ArchiveNames.prefix(of: cluster)] + Self.beside.map { $0 + "." }
        let names = FolderListing.names(path).filter { name in
            prefixes.contains { name.hasPrefix($0) } && name != RecoveryBook.file + ArchiveNames.signature
        }
        let present = Set(names)
        var removed: [String] = []
        for name in names.sorted() {
            guard isLeft(name, present, age: now - (modified(name) ?? now)) else { continue }
            if Self.archive(of: name) == nil ? unlink("\(path)/\(name)") == 0 : moveToTrash(name, at: now) {
                removed.append(name)
            }
        }
        return removed
    }

    /// What stands beside the archives: a half-written one has a longer name.
    private static let beside = [RecoveryBook.file, RecoveryBook.signers, RecoveryBook.program]

    /// `age`: seconds since it was written to.
    private func isLeft(_ name: String, _ present: Set<String>, age: Int64) -> Bool {
        if name.hasSuffix(ArchiveNames.part) { return !isHeld(name) }
        if name.hasSuffix(Self.sending) { return age > Self.abandoned }
        return age > Self.publishing && (isUnlisted(name, present) || name.hasPrefix(RecoveryBook.program + "."))
    }

    /// Its age there counts from now: it is stamped before it goes.
    private func moveToTrash(_ name: String, at now: Int64) -> Bool {
        let bin = "\(path)/\(Self.trash)"
        guard (try? Self.makeFolder(bin)) != nil, stamp("\(path)/\(name)", now) else { return false }
        return rename("\(path)/\(name)", "\(bin)/\(name)") == 0
    }

    private func stamp(_ file: String, _ seconds: Int64) -> Bool {
        var times = [timespec(tv_sec: time_t(seconds), tv_nsec: 0), timespec(tv_sec: time_t(seconds), tv_nsec: 0)]
        return utimensat(AT_FDCWD, file, &times, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// `lab-1` of its sealed file or of that one's signature; `nil` of anything else.
    private static func archive(of file: String) -> String? {
        for suffix in [ArchiveNames.sealed, ArchiveNames.sealed + ArchiveNames.signature] where file.hasSuffix(suffix) {
            return String(file.dropLast(suffix.count))
        }
        return nil
    }

    /// One that this host began to publish, or was discarding, and nothing else.
    private func isUnlisted(_ name: String, _ present: Set<String>) -> Bool {
        guard let archive = Self.archive(of: name), !present.contains(archive + ArchiveNames.entry) else {
            return false
        }
        if access("\(path)/\(Self.trash)/\(archive)\(ArchiveNames.entry)", F_OK) == 0 { return true }
        let notes = self.notes(of: archive)
        return notes.isOwn == true && notes.wasListed != true
    }

    private func isHeld(_ name: String) -> Bool {
        let descriptor = open("\(path)/\(name)", O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }

    private func modified(_ name: String) -> Int64? {
        var status = stat()
        return lstat("\(path)/\(name)", &status) == 0 ? Int64(status.st_mtim.tv_sec) : nil
    }
}

/// Held by one process at a time, until the value goes.
public final class FolderLock: Sendable {
    private let descriptor: Int32

    /// `nil` where another process holds it, or it cannot be made.
    init?(_ path: String) {
        let opened = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard opened >= 0 else { return nil }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            close(opened)
            return nil
        }
        descriptor = opened
    }

    deinit { close(descriptor) }
}

extension ArchiveFolder {
    /// For whoever sends archives away; `nil` where another process does.
    public func lockForSending() -> FolderLock? {
        try? Self.makeFolder("\(path)/\(Self.notes)")
        return FolderLock("\(path)/\(Self.notes)/sending.lock")
    }

    /// Takes an archive out of the catalog: its entry goes first, so that nothing is ever listed that is not whole, then
    /// archive and signature wait in the trash. Throws ``BackupError``.
    public func discard(_ name: String) throws(BackupError) {
        let bin = "\(path)/\(Self.trash)"
        try Self.makeFolder(bin)
        // Its age in the trash counts from now, whatever ends this in between.
        let sealed = "\(path)/\(name)\(ArchiveNames.sealed)"
        guard stamp(sealed, Int64(time(nil))) || errno == ENOENT else {
            throw BackupError(.cannotWrite, "\(name) cannot be marked: \(String(cString: strerror(errno)))")
        }
        for suffix in [
            ArchiveNames.entry, ArchiveNames.sealed + ArchiveNames.signature, ArchiveNames.sealed,
        ] where rename("\(path)/\(name)\(suffix)", "\(bin)/\(name)\(suffix)") != 0 && errno != ENOENT {
            throw BackupError(.cannotWrite, "\(name) cannot be moved: \(String(cString: strerror(errno)))")
        }
        unlink(notesPath(name))
        try PartFile.flushFolder(of: "\(path)/x")
    }

    static func makeFolder(_ folder: String) throws(BackupError) {
        if mkdir(folder, 0o700) != 0, errno != EEXIST {
            throw BackupError(.cannotWrite, "\(folder) cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    /// Seconds between two looks at the trash; more often than an archive is made nobody looks.
    private static let longestPause: Int64 = 32 * 86_400

    private static func stamp(_ path: String, _ seconds: Int64) {
        let time = timespec(tv_sec: Int(seconds), tv_nsec: 0)
        _ = utimensat(AT_FDCWD, path, [time, time], AT_SYMLINK_NOFOLLOW)
    }

    /// When the trash was looked at last, in seconds since 1970.
    private var trashTime: Int64? {
        get {
            let bytes = (try? FileReader.contents("\(path)/\(Self.notes)/.trash-time", limit: 64)) ?? []
            return Int64(String(decoding: bytes, as: UTF8.self))
        }
        nonmutating set {
            // Where it cannot be written nothing is removed the next time either.
            try? Self.makeFolder("\(path)/\(Self.notes)")
            try? PartFile.replace("\(path)/\(Self.notes)/.trash-time", Array("\(newValue ?? 0)".utf8))
        }
    }

    /// Removes what has been in the trash for longer than `grace` seconds. Returns the names of the archives.
    ///
    /// Where the call before was much longer ago, or later than now, the clock may have jumped, or the host was off, and nobody
    /// has had the days that were promised: they count anew from now on.
    @discardableResult
    public func emptyTrash(olderThan grace: Int64, now: Int64) -> [String] {
        let bin = "\(path)/\(Self.trash)"
        let isContinuous = trashTime.map { (0...Self.longestPause).contains(now - $0) } ?? false
        trashTime = now
        guard isContinuous else {
            for file in FolderListing.names(bin) { Self.stamp("\(bin)/\(file)", now) }
            return []
        }
        var removed: [String] = []
        for file in FolderListing.names(bin) where file.hasSuffix(ArchiveNames.sealed) {
            var status = stat()
            guard lstat("\(bin)/\(file)", &status) == 0, now - Int64(status.st_mtim.tv_sec) > grace else { continue }
            let name = String(file.dropLast(ArchiveNames.sealed.count))
            for suffix in [
                ArchiveNames.entry, ArchiveNames.sealed + ArchiveNames.signature, ArchiveNames.sealed,
            ] { unlink("\(bin)/\(name)\(suffix)") }
            removed.append(name)
        }
        return removed.sorted()
    }
}
