import KubernetesClient
import Secrets
import Testing

/// Whom a certificate must be for, whatever is dialled; and nothing is sent to anybody else.
@Suite struct ServerIdentityTests {
    static let version = "{\"gitVersion\":\"v1.20.2\",\"major\":\"1\",\"minor\":\"20\"}"

    /// Asks for the version; the error's code, or `nil` when it was answered.
    private func code(
        of server: TestServer, _ change: (inout APIServerAccess) throws -> Void
    ) async throws -> KubernetesError.Code? {
        var access = try access(to: server.port)
        try change(&access)
        return try await APIServerConnection.with(access, limits: shortLimits) { connection in
            do {
                let version = try await connection.version()
                #expect(version.gitVersion == "v1.20.2")
                return nil
            } catch let error as KubernetesError {
                return error.code
            }
        }
    }

    private func remote() async throws -> TestServer {
        try await TestServer(TestAuthority.shared.get().remote) { _ in .json(Self.version) }
    }

    @Test(arguments: [
        "https://kubernetes", "https://KUBERNETES:6443/", "https://kubernetes.:6443", "https://a.example.org:6443",
        "https://10.9.8.7:6443", "https://[fd7a::7]:6443", "https://[FD7A:0::7]:6443",
    ])
    func theNameOrAddressOfTheURLPasses(_ url: String) async throws {
        let server = try await remote()
        #expect(try await code(of: server) { $0.server = url } == nil)
        await server.stop()
    }

    @Test(arguments: [
        "https://127.0.0.1:6443", "https://kubernetes.default:6443", "https://example.org:6443",
        "https://a.b.example.org:6443", "https://10.9.8.8:6443", "https://[fd7a::8]:6443",
        "https://unrelated.example.net:6443",  // its common name
    ])
    func anotherNameOrAddressIsRefused(_ url: String) async throws {
        let server = try await remote()
        #expect(try await code(of: server) { $0.server = url } == .tlsRefused)
        #expect(server.requests.isEmpty)
        await server.stop()
    }

    @Test func theServerNameReplacesTheHostOfTheURL() async throws {
        let server = try await remote()
        let url = "https://127.0.0.1:\(server.port)"
        let direct = try await code(of: server) {
            $0.server = url
            $0.connectAddress = nil
        }
        let named = try await code(of: server) {
            $0.server = url
            $0.connectAddress = nil
            $0.serverName = "kubernetes"
        }
        #expect(direct == .tlsRefused)
        #expect(named == nil)
        await server.stop()
    }

    @Test func theNearEndOfATunnelIsNotTheServer() async throws {
        let server = try await TestServer(TestAuthority.shared.get().loopback) { _ in .json(Self.version) }
        for url in ["https://10.9.8.7:6443", "https://kubernetes:6443"] {
            #expect(try await code(of: server) { $0.server = url } == .tlsRefused)
        }
        #expect(server.requests.isEmpty)
        let itself = try await code(of: server) {
            $0.server = "https://127.0.0.1:\(server.port)"
            $0.connectAddress = nil
        }
        #expect(itself == nil)
        await server.stop()
    }

    @Test(.timeLimit(.minutes(1))) func manyAtOnceAreAllRefused() async throws {
        let server = try await remote()
        var access = try access(to: server.port)
        access.server = "https://another:6443"
        try await APIServerConnection.with(access, limits: shortLimits) { connection in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        let error = await #expect(throws: KubernetesError.self) { try await connection.version() }
                        #expect(error?.code == .tlsRefused)
                    }
                }
            }
        }
        #expect(server.requests.isEmpty)
        await server.stop()
    }

    @Test func anotherAuthorityIsRefused() async throws {
        let server = try await remote()
        let other = try TestAuthority.other.get().certificate
        #expect(try await code(of: server) { $0.authority = .certificates(other) } == .tlsRefused)
        #expect(try await code(of: server) { $0.authority = .system } == .tlsRefused)
        #expect(server.requests.isEmpty)
        await server.stop()
    }

    @Test func aServerWithoutTLSIsRefused() async throws {
        let server = try await TestServer(nil) { _ in .json(Self.version) }
        #expect(try await code(of: server) { _ in } == .tlsRefused)
        #expect(server.requests.isEmpty)
        await server.stop()
    }

    @Test func theTokenGoesOutWithoutItsLineEnd() async throws {
        let server = try await remote()
        _ = try await code(of: server) { _ in }
        #expect(server.requests.first?.headers["Authorization"] == ["Bearer t0ken"])
        await server.stop()
    }

    @Test func aCertificateAndItsKeyAreTakenAndAnotherKeyIsNot() throws {
        let authority = try TestAuthority.shared.get()
        var access = try access(to: 1)
        func error() -> KubernetesError.Code? {
            #expect(throws: KubernetesError.self) { try APIServerConnection(access) }?.code
        }
        access.clientCertificate = .init(chain: authority.client.chain, key: authority.remote.secret)
        #expect(error() == .misconfigured)
        access.clientCertificate = .init(chain: [1, 2, 3], key: authority.client.secret)
        #expect(error() == .misconfigured)
        access.clientCertificate = nil
        access.authority = .certificates([])
        #expect(error() == .misconfigured)
        access.authority = .certificates(authority.certificate)
        for url in ["http://kubernetes", "https://", "kubernetes:6443", "https://u:p@kubernetes", "https://a b"] {
            access.server = url
            #expect(error() == .misconfigured)
        }
    }
}
