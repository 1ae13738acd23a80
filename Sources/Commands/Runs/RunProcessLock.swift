import RunEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Held by the one process of this machine that goes on with a run.
final class RunProcessLock: Sendable {
    private let descriptor: Int32

    /// Throws ``Problem``: another process holds it, or the folder cannot be written.
    init(_ folder: RunFolder) throws(Problem) {
        do {
            try folder.make()
        } catch {
            throw Problem(run: error, folder.run)
        }
        let opened = open("\(folder.path)/lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw Problem(
                run: RunError(.cannotWrite, "\(folder.path)/lock: \(String(cString: strerror(errno)))"), folder.run)
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            close(opened)
            throw Problem(
                "KUP-E111", "another process goes on with \(folder.run)", state: ["nothing was done"],
                next: ["kupgrade status"], status: .locked)
        }
        descriptor = opened
    }

    deinit { close(descriptor) }
}
