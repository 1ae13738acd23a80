import Foundation
import Secrets

/// Certificates of a throw-away authority, made by `openssl` once for all tests.
struct TestAuthority: Sendable {
    struct Pair: Sendable {
        var chain: [UInt8]
        var key: [UInt8]

        var secret: SecretBytes { SecretBytes(key) }
    }

    struct Failure: Error {}

    var certificate: [UInt8]
    /// For `kubernetes`, `*.example.org`, 10.9.8.7 and fd7a::7: as an API server behind a tunnel, not for 127.0.0.1.
    var remote: Pair
    /// For 127.0.0.1 and nothing else: what passes for any server when a tunnel's near end counts as the server.
    var loopback: Pair
    var client: Pair

    static let shared = Result { try TestAuthority() }
    /// Another authority, with the same names.
    static let other = Result { try TestAuthority() }

    private init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kupgrade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func openssl(_ arguments: [String]) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes"] + arguments
            process.arguments?.append(contentsOf: ["-pkeyopt", "ec_paramgen_curve:P-256"])
            process.currentDirectoryURL = folder
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw Failure() }
        }
        func bytes(_ name: String) throws -> [UInt8] {
            Array(try Data(contentsOf: folder.appendingPathComponent(name)))
        }
        func pair(_ name: String, _ names: String) throws -> Pair {
            try openssl([
                "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "\(name).key", "-out", "\(name).pem", "-subj",
                "/CN=unrelated.example.net", "-addext", "subjectAltName=\(names)",
            ])
            return Pair(chain: try bytes("\(name).pem"), key: try bytes("\(name).key"))
        }
        try openssl(["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca"])
        certificate = try bytes("ca.pem")
        remote = try pair("remote", "DNS:kubernetes,DNS:*.example.org,IP:10.9.8.7,IP:fd7a::7")
        loopback = try pair("loopback", "IP:127.0.0.1")
        client = try pair("client", "DNS:client")
    }
}
