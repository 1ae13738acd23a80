import KubernetesClient
import Secrets
import Testing

/// Small enough that nothing in a test waits for more than two seconds.
let shortLimits = RequestLimits(
    connect: .seconds(1), request: .milliseconds(700), metrics: .seconds(2), answerBytes: 1 << 20,
    metricsBytes: 4 << 20, pages: 5)

/// How to reach a server of these tests: named `kubernetes`, dialled on loopback.
func access(to port: Int, server: String = "https://kubernetes:6443") throws -> APIServerAccess {
    APIServerAccess(
        server: server, connectAddress: .init(host: "127.0.0.1", port: port),
        authority: .certificates(try TestAuthority.shared.get().certificate), token: SecretBytes("t0ken\n".utf8))
}

/// Runs a server with these replies and one connection to it.
func serving<Value: Sendable>(
    _ reply: @escaping @Sendable (TestServer.Request) -> TestServer.Reply,
    _ body: (APIServerConnection, TestServer) async throws -> Value
) async throws -> Value {
    let server = try await TestServer(TestAuthority.shared.get().remote, reply)
    do {
        let value = try await APIServerConnection.with(access(to: server.port), limits: shortLimits) {
            try await body($0, server)
        }
        await server.stop()
        return value
    } catch {
        await server.stop()
        throw error
    }
}

/// The error of asking such a server for its version.
func errorOfVersion(
    _ reply: TestServer.Reply, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> KubernetesError {
    try await serving({ _ in reply }) { connection, _ in
        let error = await #expect(throws: KubernetesError.self, sourceLocation: sourceLocation) {
            try await connection.version()
        }
        return try #require(error, sourceLocation: sourceLocation)
    }
}
