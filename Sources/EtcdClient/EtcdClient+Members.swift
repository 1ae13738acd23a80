import GRPCCore

extension EtcdClient {
    /// Takes a member out of the cluster (`Cluster/MemberRemove`). This changes the cluster. Throws ``EtcdError``.
    public func removeMember(_ id: UInt64) async throws {
        // `ID`, field 1.
        _ = try await change("MemberRemove", [1 << 3] + Self.number(id))
    }

    /// Has the cluster expect a new voter at these URLs (`Cluster/MemberAdd`). This changes the cluster: from now on its
    /// quorum counts the new one. Returns its id. Throws ``EtcdError``.
    public func addMember(_ peerURLs: [String]) async throws -> UInt64 {
        // `peerURLs`, field 1.
        let bytes: [UInt8] = peerURLs.reduce(into: []) { bytes, url in
            bytes += [1 << 3 | 2] + Self.number(UInt64(url.utf8.count)) + Array(url.utf8)
        }
        return try await change("MemberAdd", bytes)
    }

    /// Has this member, which must lead, give the leadership to another voter (`Maintenance/MoveLeader`). Throws
    /// ``EtcdError``: also where it does not lead, and where the other one does not take it.
    public func moveLeader(to id: UInt64) async throws {
        // `targetID`, field 1.
        _ = try await change("MoveLeader", [1 << 3] + Self.number(id), of: "Maintenance")
    }

    /// The id of the answer's member, 0 where it has none.
    private func change(_ method: String, _ message: [UInt8], of service: String = "Cluster") async throws -> UInt64 {
        var options = CallOptions.defaults
        options.timeout = .seconds(15)
        options.waitForReady = false
        do {
            try Task.checkCancellation()
            return try await client.unary(
                request: ClientRequest(message: message),
                descriptor: MethodDescriptor(fullyQualifiedService: "etcdserverpb.\(service)", method: method),
                serializer: PlainBytes(), deserializer: MemberReader(), options: options
            ) { try $0.message }
        } catch let error as RPCError {
            throw EtcdError(error, method: method, limit: .seconds(15))
        }
    }

    static func number(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

/// `member` (2) with `ID` (1) of a `MemberAddResponse`.
private struct MemberReader: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ message: Bytes) throws -> UInt64 {
        try message.withUnsafeBytes { bytes in
            var reader = FieldReader(bytes)
            while let field = try reader.next() {
                guard case (2, .bytes(let member)) = field else { continue }
                var inner = FieldReader(member)
                while let part = try inner.next() { if case (1, .number(let id)) = part { return id } }
            }
            return 0
        }
    }
}
