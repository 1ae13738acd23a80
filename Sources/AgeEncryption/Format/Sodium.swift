import CSodium

/// libsodium, made ready once: without it random numbers are not safe to take from several threads, and the CPU's faster
/// instructions are not used.
enum Sodium {
    private static let isReady = sodium_init() >= 0

    /// Ends the program where the library cannot work: nothing that is sealed without it could be trusted.
    static func start() { precondition(isReady, "libsodium cannot be initialised on this host") }

    /// Random bytes of the kernel.
    static func random(_ count: Int) -> [UInt8] {
        start()
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, bytes.count)
        return bytes
    }
}
