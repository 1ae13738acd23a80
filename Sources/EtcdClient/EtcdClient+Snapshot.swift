import GRPCCore

/// One message of a snapshot's stream.
public struct EtcdSnapshotPart: Sendable, Hashable {
    /// The next bytes of the file; empty ones say nothing.
    public var bytes: [UInt8]
    /// Bytes of the database that are still to come; the digest (32 bytes) that follows them is not counted.
    public var remaining: UInt64

    public init(bytes: [UInt8] = [], remaining: UInt64 = 0) {
        self.bytes = bytes
        self.remaining = remaining
    }
}

extension EtcdClient {
    /// Far beyond what bbolt can hold in a database that etcd opens: 16 TiB.
    private static let largestSnapshot: UInt64 = 1 << 44

    /// Bytes of the SHA-256 that etcd sends behind the database.
    public static let snapshotDigestCount = 32

    /// Reads a snapshot of this member, as it is now, and hands it over in the order of the file: the database, and its
    /// SHA-256 behind it (etcd, `server/etcdserver/api/v3rpc/maintenance.go`).
    ///
    /// `size` is the length of the whole, as the first message tells it; parts that follow must add up to it, which is for
    /// the receiver to check. Throws ``EtcdError``; `timedOut` when etcd has sent nothing new for `patience`: a server whose
    /// disk fails sends empty messages for ever. The time that `receive` takes does not count.
    public func snapshot(
        patience: Duration = .seconds(30),
        receive: @escaping @Sendable (_ bytes: [UInt8], _ size: Int64) async throws -> Void
    ) async throws {
        let watch = ProgressWatch(patience: patience)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.run() }
                group.addTask { try await stream(watch, receive) }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let error as RPCError {
            throw EtcdError(error, method: "Snapshot", limit: patience)
        }
    }

    private func stream(
        _ watch: ProgressWatch, _ receive: @escaping @Sendable ([UInt8], Int64) async throws -> Void
    ) async throws {
        var options = CallOptions.defaults
        options.waitForReady = false
        try Task.checkCancellation()
        try await client.serverStreaming(
            request: ClientRequest(message: ()),
            descriptor: MethodDescriptor(fullyQualifiedService: "etcdserverpb.Maintenance", method: "Snapshot"),
            serializer: EmptyMessage(), deserializer: SnapshotPartReader(), options: options
        ) { response in
            var size: Int64?
            for try await part in response.messages where !part.bytes.isEmpty {
                guard part.remaining <= Self.largestSnapshot else {
                    throw EtcdError(.failed, "etcd says that \(part.remaining) bytes of its snapshot are still to come")
                }
                let whole = size ?? Int64(part.remaining) + Int64(part.bytes.count) + Self.digestCount
                size = whole
                watch.pause()
                try await receive(part.bytes, whole)
                watch.resume()
            }
        }
    }

    private static var digestCount: Int64 { Int64(snapshotDigestCount) }
}

/// A request without fields.
private struct EmptyMessage: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: Void) throws -> Bytes { Bytes(repeating: 0, count: 0) }
}

/// Takes a `SnapshotResponse` apart: `remaining_bytes` is field 2, `blob` field 3, other fields are skipped.
///
/// By hand, since the library would copy each blob twice, and a snapshot is hundreds of megabytes of them.
struct SnapshotPartReader: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ message: Bytes) throws -> EtcdSnapshotPart {
        try message.withUnsafeBytes(Self.read)
    }

    static func read(_ bytes: UnsafeRawBufferPointer) throws -> EtcdSnapshotPart {
        var reader = FieldReader(bytes)
        var part = EtcdSnapshotPart()
        while let field = try reader.next() {
            switch field {
            case (2, .number(let value)): part.remaining = value
            case (3, .bytes(let blob)): part.bytes = Array(blob)
            default: break
            }
        }
        return part
    }
}

/// The fields of a protocol buffer, one after the other (protobuf.dev, "Encoding").
struct FieldReader {
    enum Value {
        case number(UInt64)
        case bytes(UnsafeRawBufferPointer)
        case other
    }

    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// `nil` at the end. Throws `RPCError` for what is no message.
    mutating func next() throws -> (UInt64, Value)? {
        guard index < bytes.count else { return nil }
        let tag = try number()
        switch tag & 7 {
        case 0: return (tag >> 3, .number(try number()))
        case 1: return (tag >> 3, try skip(8))
        case 2:
            let count = try number()
            guard count <= UInt64(bytes.count - index) else { throw Self.malformed }
            let start = index
            index += Int(count)
            return (tag >> 3, .bytes(UnsafeRawBufferPointer(rebasing: bytes[start..<index])))
        case 5: return (tag >> 3, try skip(4))
        default: throw Self.malformed
        }
    }

    private mutating func skip(_ count: Int) throws -> Value {
        guard count <= bytes.count - index else { throw Self.malformed }
        index += count
        return .other
    }

    private mutating func number() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard index < bytes.count else { throw Self.malformed }
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Self.malformed
    }

    private static var malformed: RPCError { RPCError(code: .internalError, message: "a message cannot be read") }
}
