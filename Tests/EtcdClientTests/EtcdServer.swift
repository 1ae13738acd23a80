import EtcdClient
import Foundation
import Secrets

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A real etcd of one member, on high ports of the loopback, in a folder of its own.
struct EtcdServer: Sendable {
    enum Security: Sendable {
        case plaintext
        /// With a certificate for these names, as OpenSSL writes them: `DNS:etcd.test,IP:127.0.0.1`.
        case tls(String)
    }

    static let versions = ["3.4.23", "3.5.16"]
    static var areInstalled: Bool {
        versions.allSatisfy { access(program("etcd", $0), X_OK) == 0 } && access("/usr/bin/openssl", X_OK) == 0
    }

    let version: String
    let folder: String
    let port: Int
    let security: Security

    /// Runs a member while `body` runs; it has a leader by then.
    static func with(
        _ version: String, _ security: Security = .plaintext, _ body: @Sendable (EtcdServer) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/kup-etcd-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = EtcdServer(version: version, folder: folder, port: try Loopback.freePort(), security: security)
        if case .tls(let names) = security { try server.makeCertificates(names) }
        let process = try server.start()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        try await server.waitForLeader()
        try await body(server)
    }

    func endpoint(
        authority: String = "ca", client: String = "client", serverName: String? = "etcd.test"
    ) throws -> EtcdEndpoint {
        guard case .tls = security else {
            return EtcdEndpoint(address: "127.0.0.1", port: port, serverName: nil, credentials: nil)
        }
        let credentials = EtcdEndpoint.Credentials(
            authority: try file("\(authority).pem"), certificate: try file("\(client).pem"),
            key: SecretBytes(try file("\(client).key")))
        return EtcdEndpoint(address: "127.0.0.1", port: port, serverName: serverName, credentials: credentials)
    }

    /// What etcd's own tool does; only for members without TLS.
    func etcdctl(_ arguments: String...) throws {
        try run(
            Self.program("etcdctl", version), ["--endpoints", "http://127.0.0.1:\(port)"] + arguments,
            environment: ["ETCDCTL_API": "3", "PATH": "/usr/bin:/bin"])
    }

    struct Failure: Error { var words: String }

    private static func program(_ name: String, _ version: String) -> String {
        "\(NSHomeDirectory())/.cache/kupgrade-lab/etcd/\(version)/bin/\(name)"
    }

    private func file(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
    }

    private func start() throws -> Process {
        let scheme = if case .tls = security { "https" } else { "http" }
        let peer = "http://127.0.0.1:\(try Loopback.freePort())"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program("etcd", version))
        process.arguments = [
            "--name", "m1", "--data-dir", folder + "/data", "--logger", "zap",
            "--listen-client-urls", "\(scheme)://127.0.0.1:\(port)",
            "--advertise-client-urls", "\(scheme)://127.0.0.1:\(port)",
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "m1=\(peer)",
        ]
        if case .tls = security {
            process.arguments? += [
                "--client-cert-auth", "--trusted-ca-file", folder + "/ca.pem", "--cert-file", folder + "/server.pem",
                "--key-file", folder + "/server.key",
            ]
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func waitForLeader() async throws {
        for _ in 0..<200 {
            let status = try? await EtcdClient.with(try endpoint(), callLimit: .seconds(1)) { try await $0.status() }
            if let status, status.leaderID != 0 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure(words: "etcd \(version) has no leader")
    }

    /// An authority with a server's and a client's certificate, and another authority with a client of its own.
    private func makeCertificates(_ names: String) throws {
        for authority in ["ca", "other"] {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-keyout", "\(authority).key", "-out", "\(authority).pem", "-subj", "/CN=\(authority)")
        }
        try Data("subjectAltName=\(names)\n".utf8).write(
            to: URL(fileURLWithPath: folder + "/names"))
        for (name, authority) in [("server", "ca"), ("client", "ca"), ("stranger", "other")] {
            try openssl(
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)")
            try openssl(
                "x509", "-req", "-in", "\(name).csr", "-CA", "\(authority).pem", "-CAkey", "\(authority).key",
                "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "\(name).pem")
        }
    }

    private func openssl(_ arguments: String...) throws { try run("/usr/bin/openssl", arguments, environment: nil) }

    private func run(_ program: String, _ arguments: [String], environment: [String: String]?) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        if let environment { process.environment = environment }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(words: "\(program) \(arguments)") }
    }
}

/// Ports of the loopback.
enum Loopback {
    static func freePort() throws -> Int {
        let (descriptor, port) = try bound()
        close(descriptor)
        return port
    }

    /// Runs `body` with a port that takes connections and never says anything.
    static func withSilentPort(_ body: (Int) async throws -> Void) async throws {
        let (descriptor, port) = try bound()
        defer { close(descriptor) }
        guard listen(descriptor, 64) == 0 else { throw EtcdServer.Failure(words: "errno \(errno)") }
        try await body(port)
    }

    private static func bound() throws -> (Int32, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard isBound else { throw EtcdServer.Failure(words: "errno \(errno)") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
