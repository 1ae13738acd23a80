import CSodium

/// BLAKE2b-512 of a stream: what minisign signs of a file.
public final class SignatureDigest {
    private let memory: UnsafeMutableRawPointer
    private var state: OpaquePointer { OpaquePointer(memory) }

    public init() {
        Sodium.start()
        // The state wants 64 bytes of alignment.
        memory = UnsafeMutableRawPointer.allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
        crypto_generichash_init(state, nil, 0, 64)
    }

    deinit { memory.deallocate() }

    public func update(_ bytes: UnsafeRawBufferPointer) {
        bytes.withPointer { _ = crypto_generichash_update(state, $0, UInt64(bytes.count)) }
    }

    /// 64 bytes. Nothing can be added afterwards.
    public func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 64)
        crypto_generichash_final(state, &digest, digest.count)
        return digest
    }
}
