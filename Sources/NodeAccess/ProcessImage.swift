#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// This process, as another program goes on in it.
public enum ProcessImage {
    /// Becomes another program, with this one's standard streams and no signal held back or ignored. Returns only when that fails: why.
    public static func replace(_ words: [String]) -> String {
        let pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        guard let program = words.first else { return "there is no program" }
        // Both outlive the exchange: a shell that never hears of its children's ends waits for ever.
        for number in 1..<NSIG where number != SIGKILL && number != SIGSTOP { signal(number, SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        execv(program, pointers)
        return String(cString: strerror(errno))
    }
}
