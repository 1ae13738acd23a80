import GRPCCore

extension EtcdClient {
    /// How many keys this member has at `revision`, without reading one of them (`KV/Range` with `count_only`).
    ///
    /// Throws ``EtcdError``; `outOfRange` for a revision that is compacted away.
    public func keyCount(at revision: Int64, limit: Duration = .seconds(30)) async throws -> Int {
        var options = CallOptions.defaults
        options.timeout = limit
        options.waitForReady = false
        do {
            try Task.checkCancellation()
            return try await client.unary(
                request: ClientRequest(message: Self.everyKey(at: revision)),
                descriptor: MethodDescriptor(fullyQualifiedService: "etcdserverpb.KV", method: "Range"),
                serializer: PlainBytes(), deserializer: CountReader(), options: options
            ) { try $0.message }
        } catch let error as RPCError {
            throw EtcdError(error, method: "Range", limit: limit)
        }
    }

    /// `RangeRequest` with key and range_end (1, 2) of one zero byte, which means all keys; revision (4), count_only (9).
    private static func everyKey(at revision: Int64) -> [UInt8] {
        var bytes: [UInt8] = [0x0A, 1, 0, 0x12, 1, 0, 0x20]
        var rest = UInt64(bitPattern: revision)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest), 0x48, 1]
    }
}

/// A message that is bytes already.
struct PlainBytes: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
}

/// `count`, field 4 of a `RangeResponse`.
private struct CountReader: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ message: Bytes) throws -> Int {
        try message.withUnsafeBytes { bytes in
            var reader = FieldReader(bytes)
            while let field = try reader.next() {
                if case (4, .number(let count)) = field { return Int(clamping: count) }
            }
            return 0
        }
    }
}
