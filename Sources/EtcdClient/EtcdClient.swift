import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import SwiftProtobuf

/// Speaks etcd's gRPC API to one member.
///
/// Every call has a limit and throws ``EtcdError``. What changes a cluster says so.
public struct EtcdClient: Sendable {
    let client: GRPCClient<HTTP2ClientTransport.Posix>
    private let callLimit: Duration

    /// Connects to `endpoint` for as long as `body` runs.
    ///
    /// A member that does not answer is not noticed here but by the first call. Throws ``EtcdError`` when the credentials
    /// cannot be used, and what `body` throws.
    public static func with<Result: Sendable>(
        _ endpoint: EtcdEndpoint, callLimit: Duration = .seconds(5),
        body: @escaping @Sendable (EtcdClient) async throws -> Result
    ) async throws -> Result {
        let client = GRPCClient(transport: try transport(to: endpoint))
        // Ends after the last call, also where the caller is cancelled: a channel whose connections were cancelled first
        // keeps calls of cancelled tasks waiting for ever (grpc-swift-nio-transport 2, `GRPCChannel.enqueue`).
        let connections = Task { try await client.runConnections() }
        let result = await Self.result { try await body(EtcdClient(client: client, callLimit: callLimit)) }
        client.beginGracefulShutdown()
        connections.cancel()
        _ = await connections.result
        return try result.get()
    }

    private static func result<Success>(
        _ body: () async throws -> Success
    ) async -> Swift.Result<Success, any Error> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }

    /// Version, size, leader and raft state of this member.
    public func status() async throws -> EtcdStatus {
        let answer: Etcdserverpb_StatusResponse = try await call("Maintenance", "Status", Etcdserverpb_StatusRequest())
        return EtcdStatus(
            clusterID: answer.header.clusterID, memberID: answer.header.memberID, revision: answer.header.revision,
            version: answer.version, storageVersion: answer.storageVersion, leaderID: answer.leader,
            isLearner: answer.isLearner, raftTerm: answer.raftTerm, raftIndex: answer.raftIndex,
            raftAppliedIndex: answer.raftAppliedIndex, databaseSize: answer.dbSize,
            databaseSizeInUse: answer.dbSizeInUse, databaseQuota: answer.dbSizeQuota, errors: answer.errors)
    }

    /// The members as this one knows them, also without a quorum (not linearizable; 3.4 knows no other way).
    public func members() async throws -> [EtcdMember] {
        let answer: Etcdserverpb_MemberListResponse = try await call(
            "Cluster", "MemberList", Etcdserverpb_MemberListRequest())
        return answer.members.map { member in
            EtcdMember(
                id: member.id, name: member.name, peerURLs: member.peerUrls, clientURLs: member.clientUrls,
                isLearner: member.isLearner)
        }
    }

    /// The hash of this member's keys up to `revision`; 0 asks for its newest.
    ///
    /// Throws `outOfRange` for a revision at or below the compacted one, or in the future.
    public func hash(at revision: Int64 = 0) async throws -> EtcdHash {
        var request = Etcdserverpb_HashKVRequest()
        request.revision = revision
        let answer: Etcdserverpb_HashKVResponse = try await call("Maintenance", "HashKV", request)
        return EtcdHash(
            currentRevision: answer.header.revision, hash: answer.hash, compactRevision: answer.compactRevision)
    }

    /// Every alarm in the cluster; needs a quorum in some versions.
    public func alarms() async throws -> [EtcdRaisedAlarm] {
        let answer: Etcdserverpb_AlarmResponse = try await call("Maintenance", "Alarm", Etcdserverpb_AlarmRequest())
        return answer.alarms.filter { $0.alarm != 0 }.map { alarm in
            let kind: EtcdRaisedAlarm.Kind =
                switch alarm.alarm {
                case 1: .noSpace
                case 2: .corrupt
                default: .other(alarm.alarm)
                }
            return EtcdRaisedAlarm(memberID: alarm.memberID, kind: kind)
        }
    }

    private func call<Request: SwiftProtobuf.Message, Response: SwiftProtobuf.Message>(
        _ service: String, _ method: String, _ request: Request
    ) async throws -> Response {
        try Task.checkCancellation()
        var options = CallOptions.defaults
        options.timeout = callLimit
        options.waitForReady = false
        do {
            return try await client.unary(
                request: ClientRequest(message: request),
                descriptor: MethodDescriptor(fullyQualifiedService: "etcdserverpb.\(service)", method: method),
                serializer: ProtobufSerializer<Request>(), deserializer: ProtobufDeserializer<Response>(),
                options: options
            ) { try $0.message }
        } catch let error as RPCError {
            throw EtcdError(error, method: method, limit: callLimit)
        }
    }
}

extension EtcdError {
    init(_ error: RPCError, method: String, limit: Duration) {
        let said = "etcd answered \(method) with \(error.code): \(error.message)"
        switch error.code {
        case .deadlineExceeded:
            self.init(.timedOut, "etcd did not answer \(method) within \(limit.components.seconds) s")
        case .unavailable:
            let cause = error.cause.map { " (\($0))" } ?? ""
            self.init(.unreachable, "etcd cannot be asked for \(method): \(error.message)\(cause)")
        case .unauthenticated, .permissionDenied: self.init(.refused, said)
        case .outOfRange: self.init(.outOfRange, said)
        default: self.init(.failed, said)
        }
    }
}

extension EtcdClient {
    private static func transport(to endpoint: EtcdEndpoint) throws -> HTTP2ClientTransport.Posix {
        var config = HTTP2ClientTransport.Posix.Config.defaults
        config.http2.authority = endpoint.serverName
        // For snapshots: with the default of 64 KiB the sender waits for each window.
        config.http2.targetWindowSize = 4 << 20
        config.http2.maxFrameSize = 1 << 20
        config.backoff = .init(initial: .milliseconds(100), max: .seconds(1), multiplier: 1.6, jitter: 0.2)
        do {
            return try HTTP2ClientTransport.Posix(
                target: .ipv4(address: endpoint.address, port: endpoint.port),
                transportSecurity: security(endpoint.credentials), config: config)
        } catch {
            throw EtcdError(.badCredentials, "the client certificate for etcd at \(endpoint.address) cannot be used")
        }
    }

    private static func security(
        _ credentials: EtcdEndpoint.Credentials?
    ) -> HTTP2ClientTransport.Posix.TransportSecurity {
        guard let credentials else { return .plaintext }
        // The transport takes the key as bytes; BoringSSL copies them, and this copy goes with the configuration.
        let key = credentials.key.withBytes { Array($0) }
        return .mTLS(
            certificateChain: [.bytes(credentials.certificate, format: .pem)],
            privateKey: .bytes(key, format: .pem)
        ) { tls in
            tls.trustRoots = .certificates([.bytes(credentials.authority, format: .pem)])
        }
    }
}
