import GRPCCore

extension EtcdClient {
    /// Every key below a prefix, in their order, without values. Throws ``EtcdError``; `failed` for more than `limit` keys.
    ///
    /// `newerThan`: only keys that were changed after this revision. Sorted out here: with `min_mod_revision` etcd reads all
    /// values at once, whatever the limit.
    public func keys(prefix: String, newerThan revision: Int64? = nil, limit: Int = 1_000_000) async throws -> [String]
    {
        var keys: [String] = []
        var read = 0
        var start = Array(prefix.utf8)
        let end = Self.after(prefix: start)
        while true {
            let page = try await range(
                RangeQuery(key: start, end: end, limit: Self.pageCount, keysOnly: true))
            read += page.pairs.count
            keys += page.pairs.filter { $0.modRevision > revision ?? 0 }.map { String(decoding: $0.key, as: UTF8.self) }
            guard page.isMore, let last = page.pairs.last else { return keys }
            guard read < limit else { throw EtcdError(.failed, "etcd has more than \(limit) keys") }
            start = last.key + [0]
        }
    }

    /// The value of one key; `nil` where there is none. Throws ``EtcdError``.
    public func value(of key: String) async throws -> [UInt8]? {
        try await range(RangeQuery(key: Array(key.utf8), end: [], limit: 1, keysOnly: false)).pairs.first?.value
    }

    private static let pageCount: Int64 = 5_000

    /// The first key that does not begin with the prefix.
    static func after(prefix: [UInt8]) -> [UInt8] {
        var end = prefix
        while let last = end.last {
            if last < 0xFF {
                end[end.count - 1] = last + 1
                return end
            }
            end.removeLast()
        }
        return [0]
    }

    private func range(_ query: RangeQuery) async throws -> RangeAnswer {
        var options = CallOptions.defaults
        options.timeout = .seconds(30)
        options.waitForReady = false
        do {
            try Task.checkCancellation()
            return try await client.unary(
                request: ClientRequest(message: query.bytes),
                descriptor: MethodDescriptor(fullyQualifiedService: "etcdserverpb.KV", method: "Range"),
                serializer: PlainBytes(), deserializer: RangeReader(), options: options
            ) { try $0.message }
        } catch let error as RPCError {
            throw EtcdError(error, method: "Range", limit: .seconds(30))
        }
    }
}

/// `RangeRequest`: key (1), range_end (2), limit (3), keys_only (8).
struct RangeQuery {
    var key: [UInt8]
    var end: [UInt8]
    var limit: Int64
    var keysOnly: Bool

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func number(_ value: UInt64) { bytes += EtcdClient.number(value) }
        func text(_ field: UInt8, _ value: [UInt8]) {
            guard !value.isEmpty else { return }
            bytes.append(field << 3 | 2)
            number(UInt64(value.count))
            bytes += value
        }
        text(1, key)
        text(2, end)
        bytes.append(3 << 3)
        number(UInt64(limit))
        if keysOnly { bytes += [8 << 3, 1] }
        return bytes
    }
}

struct RangeAnswer: Sendable, Equatable {
    struct Pair: Sendable, Equatable {
        var key: [UInt8] = []
        var value: [UInt8] = []
        var modRevision: Int64 = 0
    }

    var pairs: [Pair] = []
    var isMore = false
}

/// `RangeResponse`: kvs (2) of key (1), mod_revision (3) and value (5), more (3).
struct RangeReader: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ message: Bytes) throws -> RangeAnswer {
        try message.withUnsafeBytes { try Self.read($0) }
    }

    static func read(_ bytes: UnsafeRawBufferPointer) throws -> RangeAnswer {
        var answer = RangeAnswer()
        var reader = FieldReader(bytes)
        while let field = try reader.next() {
            switch field {
            case (2, .bytes(let pair)): answer.pairs.append(try self.pair(pair))
            case (3, .number(let more)): answer.isMore = more != 0
            default: break
            }
        }
        return answer
    }

    private static func pair(_ bytes: UnsafeRawBufferPointer) throws -> RangeAnswer.Pair {
        var pair = RangeAnswer.Pair()
        var reader = FieldReader(bytes)
        while let field = try reader.next() {
            switch field {
            case (1, .bytes(let key)): pair.key = Array(key)
            case (3, .number(let revision)): pair.modRevision = Int64(clamping: revision)
            case (5, .bytes(let value)): pair.value = Array(value)
            default: break
            }
        }
        return pair
    }
}
