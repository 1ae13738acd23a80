import Foundation

@testable import NodeAccess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A real sshd on this host's loopback, with keys made for one test, and an OpenSSH configuration that leads to it.
///
/// Hosts of the configuration: `good` and `good2`; `unknown` and `changed` by what known_hosts says of them; `stranger`,
/// who has the wrong key; `closed`, where nothing listens; `silent`, which accepts and says nothing.
struct SSHServer: Sendable {
    static let program = "/usr/sbin/sshd"
    static var isInstalled: Bool { access(program, X_OK) == 0 }

    let folder: String
    let port: Int

    var settings: SSHSettings {
        SSHSettings(configFile: folder + "/ssh_config", connectTimeout: .seconds(5), patience: .seconds(20))
    }

    /// Runs a server while `body` runs.
    static func with<Result: Sendable>(
        _ body: @escaping @Sendable (SSHServer) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/kup-sshd-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Without it a sshd that runs as root refuses to start; packages make it at boot.
        if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
        let silent = try SilentPort()
        let server = SSHServer(folder: folder, port: try LoopbackPort.find())
        try await server.prepare(silent: silent.port)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                let arguments = ["-D", "-e", "-f", folder + "/sshd_config"]
                let ending = try? await ChildProcess(program: program, arguments: arguments)
                    .run(deadline: .seconds(120), outputLimit: 1 << 20) { _ in }
                if !Task.isCancelled { throw Failure(words: ending?.errorOutput ?? "sshd did not start") }
                return nil
            }
            group.addTask {
                guard await Processes.wait(until: { server.answers }) else { throw Failure(words: "sshd is silent") }
                return try await body(server)
            }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                if let result = next { return result }
            }
            throw CancellationError()
        }
    }

    struct Failure: Error { var words: String }

    func endpoint(_ name: String, _ addresses: [String]) -> NodeEndpoint {
        NodeEndpoint(name: name, addresses: addresses, user: NSUserName())
    }

    /// Connects to one node while `body` runs.
    func connected<Result: Sendable>(
        _ name: String = "node-\(UInt32.random(in: 0...UInt32.max))", to addresses: [String] = ["good"],
        _ body: @escaping @Sendable (NodeConnection) async throws -> Result
    ) async throws -> Result {
        try await withNodeConnections(to: [endpoint(name, addresses)], settings: settings) { try await body($0[0]) }
    }

    /// Ends the server's side of every connection at once, as a crash would.
    func killConnections() {
        for listener in Processes.with("\(folder)/sshd_config") {
            for connection in Processes.children(of: listener) {
                for child in Processes.children(of: connection) where Self.isServer(child) { kill(child, SIGKILL) }
                kill(connection, SIGKILL)
            }
        }
    }

    private static func isServer(_ pid: Int32) -> Bool {
        (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8))?.hasPrefix("sshd") ?? false
    }

    private var answers: Bool { (try? LoopbackConnection(port: port)) != nil }

    private func prepare(silent: Int) async throws {
        for key in ["host", "other", "user", "stranger"] {
            let result = try await LocalProgram(
                "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "\(folder)/\(key)"]
            ).run(deadline: .seconds(20), outputLimit: 1 << 16)
            guard result.exitCode == 0 else { throw Failure(words: result.errorOutput) }
        }
        func publicKey(_ name: String) throws -> String {
            try String(contentsOfFile: "\(folder)/\(name).pub", encoding: .utf8)
        }
        try write("sshd_config", serverConfiguration)
        try write("authorized_keys", try publicKey("user"))
        try write(
            "known_hosts", "[127.0.0.1]:\(port) \(try publicKey("host"))changed.invalid \(try publicKey("other"))")
        try write("ssh_config", clientConfiguration(closed: try LoopbackPort.find(), silent: silent))
    }

    private func write(_ name: String, _ text: String) throws {
        try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    }

    private var serverConfiguration: String {
        """
        ListenAddress 127.0.0.1:\(port)
        HostKey \(folder)/host
        AuthorizedKeysFile \(folder)/authorized_keys
        PidFile none
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        PermitRootLogin yes
        AllowTcpForwarding yes

        """
    }

    private func clientConfiguration(closed: Int, silent: Int) -> String {
        """
        Host unknown
          HostKeyAlias unknown.invalid
        Host changed
          HostKeyAlias changed.invalid
        Host closed
          Port \(closed)
        Host silent
          Port \(silent)
        Host stranger
          IdentityFile \(folder)/stranger
        Host * !stranger
          IdentityFile \(folder)/user
        Host *
          HostName 127.0.0.1
          Port \(port)
          IdentitiesOnly yes
          IdentityAgent none
          UserKnownHostsFile \(folder)/known_hosts
          GlobalKnownHostsFile /dev/null
          UpdateHostKeys no

        """
    }
}

/// A port of the loopback that takes connections and never says anything.
final class SilentPort: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        port = try LoopbackPort.find()
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = LoopbackConnection.address(port)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(descriptor, 64) == 0 else { throw SSHServer.Failure(words: "no silent port: \(errno)") }
    }

    deinit { close(descriptor) }
}

/// A TCP connection to a port of the loopback.
final class LoopbackConnection {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = Self.address(port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        // Thrown with everything initialized, so that `deinit` closes the descriptor: once.
        guard isConnected else { throw SSHServer.Failure(words: "nothing listens on \(port)") }
    }

    deinit { close(descriptor) }

    /// What comes first; empty when the other side closes, or says nothing for 5 s.
    func read() -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
