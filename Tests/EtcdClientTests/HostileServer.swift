import GRPCCore
import GRPCNIOTransportHTTP2Posix

@testable import EtcdClient

/// A server of snapshots that says what no etcd in health says: what a failing disk or somebody else would send.
enum HostileServer {
    /// Every message, as its bytes, until `body` ends; `pause` between them.
    static func with<Messages: Sequence<[UInt8]> & Sendable>(
        _ messages: Messages, pause: Duration = .milliseconds(10), _ body: (EtcdEndpoint) async throws -> Void
    ) async throws {
        let server = GRPCServer(
            transport: .http2NIOPosix(address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext),
            services: [Snapshots(messages: messages, pause: pause)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            defer { group.cancelAll() }
            let port = try await server.listeningAddress?.ipv4?.port ?? 0
            try await body(EtcdEndpoint(address: "127.0.0.1", port: port, serverName: nil, credentials: nil))
        }
    }

    private struct Snapshots<Messages: Sequence<[UInt8]> & Sendable>: RegistrableRPCService {
        let messages: Messages
        let pause: Duration

        func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
            router.registerHandler(
                forMethod: MethodDescriptor(fullyQualifiedService: "etcdserverpb.Maintenance", method: "Snapshot"),
                deserializer: Plain(), serializer: Plain()
            ) { _, _ in
                StreamingServerResponse(of: [UInt8].self) { writer in
                    for message in messages {
                        try await writer.write(message)
                        try await Task.sleep(for: pause)
                    }
                    return [:]
                }
            }
        }
    }

    private struct Plain: MessageSerializer, MessageDeserializer {
        func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

        func deserialize<Bytes: GRPCContiguousBytes>(_ message: Bytes) throws -> [UInt8] {
            message.withUnsafeBytes { Array($0) }
        }
    }
}
