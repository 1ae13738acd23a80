import RunEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Held by the one process of this machine that goes on with a run.
final class RunProcessLock: Sendable {
    private let descriptor: Int32

    /// `nil` where another process holds it.
    init?(_ folder: RunFolder) {
        let opened = open("\(folder.path)/lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard opened >= 0 else { return nil }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            close(opened)
            return nil
        }
        descriptor = opened
    }

    deinit { close(descriptor) }
}
