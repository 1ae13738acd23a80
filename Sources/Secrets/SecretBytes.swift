#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Bytes that must not be seen: a private key, a token, an identity.
///
/// The only type that carries secrets between rooms. It cannot be encoded, prints as `<secret>`, asks the kernel to keep
/// its memory out of swap and core dumps, and overwrites it when the last reference goes.
public final class SecretBytes: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    // Sendable by proof: the memory is written in `init` only, before the object can be shared, and cleared in `deinit`,
    // when nobody holds it any more; everything in between reads.
    private let memory: UnsafeMutableRawBufferPointer

    /// Copies `bytes`. The caller's own copy is the caller's to forget; ``init(consuming:)`` overwrites it.
    public init(_ bytes: some Collection<UInt8>) {
        // Pages of its own: what is locked and kept out of dumps is whole pages, and neighbours must not share them.
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let size = (max(bytes.count, 1) + page - 1) / page * page
        let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        precondition(start != MAP_FAILED, "there is no memory for a secret")
        memory = UnsafeMutableRawBufferPointer(start: start, count: size)
        memory.copyBytes(from: bytes)
        count = bytes.count
        _ = mlock(memory.baseAddress, memory.count)
        #if os(Linux)
            _ = madvise(memory.baseAddress, memory.count, Int32(MADV_DONTDUMP))
        #endif
    }

    /// Takes the bytes over: the array is overwritten with zeros.
    public convenience init(consuming bytes: inout [UInt8]) {
        self.init(bytes)
        Self.overwrite(&bytes)
    }

    /// Overwrites ordinary memory that held a secret on its way, and empties it.
    public static func overwrite(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { Self.clear($0) }
        bytes = []
    }

    deinit {
        Self.clear(memory)
        _ = munmap(memory.baseAddress, memory.count)
    }

    public let count: Int

    public var isEmpty: Bool { count == 0 }

    /// Lends the bytes; the pointer must not outlive the call.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }

    public var description: String { "<secret>" }

    public var customMirror: Mirror { Mirror(self, children: []) }

    private static func clear(_ buffer: UnsafeMutableRawBufferPointer) {
        guard let base = buffer.baseAddress else { return }
        #if os(Linux)
            explicit_bzero(base, buffer.count)
        #else
            memset_s(base, buffer.count, 0, buffer.count)
        #endif
    }
}
