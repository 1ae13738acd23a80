#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// This process, as another program goes on in it.
public enum ProcessImage {
    /// Becomes another program, with this one's standard streams. Returns only when that fails: why.
    public static func replace(_ words: [String]) -> String {
        let pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        guard let program = words.first else { return "there is no program" }
        execv(program, pointers)
        return String(cString: strerror(errno))
    }
}
