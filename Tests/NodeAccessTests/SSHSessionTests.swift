import Foundation
import Testing

@testable import NodeAccess

/// Against a real sshd. Every test has a server and keys of its own.
@Suite(.enabled(if: SSHServer.isInstalled, "needs \(SSHServer.program)"), .timeLimit(.minutes(2)))
struct SSHSessionTests {
    @Test func aCommandRuns() async throws {
        try await SSHServer.with { server in
            try await server.connected { connection in
                let session = try await connection.session()
                #expect(session.address == "good")
                let input = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
                let echo = try await session.run(NodeCommand(["cat"], input: input))
                #expect(echo == CommandResult(exitCode: 0, output: input, errorOutput: ""))
                let words = ["", "it's", "$HOME", "*", "a\nb"]
                let printed = try await session.run(NodeCommand(["printf", #"%s\0"#] + words))
                #expect(printed.outputText == words.map { $0 + "\0" }.joined())
                let failed = try await session.run(NodeCommand(["sh", "-c", "echo no >&2; exit 7"]))
                #expect(failed == CommandResult(exitCode: 7, output: [], errorOutput: "no\n"))
                let missing = await accessCode { _ = try await session.run(NodeCommand(["kupgrade-no-such-program"])) }
                #expect(missing == .commandMissing)
            }
        }
    }

    @Test func muchOutputComesWholeOverOneConnection() async throws {
        let expected = Array((1...500_000).map { "\($0)\n" }.joined().utf8)
        try await SSHServer.with { server in
            try await server.connected { connection in
                let session = try await connection.session()
                try await withThrowingTaskGroup(of: [UInt8].self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            try await session.run(NodeCommand(["seq", "500000"], outputLimit: 8 << 20)).output
                        }
                    }
                    for try await output in group { #expect(output == expected, "\(output.count) bytes") }
                }
            }
        }
    }

    @Test(
        arguments: [
            ("unknown", .hostKeyUnknown), ("changed", .hostKeyChanged), ("stranger", .loginRefused),
            ("closed", .unreachable), ("silent", .unreachable),
        ] as [(String, NodeAccessError.Code)])
    func aRefusalHasItsCode(address: String, code: NodeAccessError.Code) async throws {
        try await SSHServer.with { server in
            let start = ContinuousClock.now
            let found = await accessCode {
                try await server.connected(to: [address]) { _ = try await $0.session() }
            }
            #expect(found == code)
            // The limit to connect is 5 s; the rest is for a slow host.
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    @Test func theNextAddressIsUsedAndEveryOneReported() async throws {
        try await SSHServer.with { server in
            try await server.connected(to: ["closed", "good", "good2", "unknown"]) { connection in
                let session = try await connection.session()
                #expect(session.address == "good")
                let attempts = await connection.checkedAddresses()
                #expect(attempts.map(\.address) == ["closed", "good", "good2", "unknown"])
                #expect(attempts.map { Self.text($0.outcome) } == ["unreachable", "used", "answers", "hostKeyUnknown"])
            }
        }
    }

    @Test func aSilentAddressIsNotTheEnd() async throws {
        try await SSHServer.with { server in
            try await server.connected(to: ["silent", "good"]) { connection in
                let session = try await connection.session()
                #expect(session.address == "good")
                #expect(await connection.checkedAddresses().map { Self.text($0.outcome) } == ["unreachable", "used"])
            }
        }
    }

    @Test func everyAddressDeadIsOneErrorWithEveryReason() async throws {
        try await SSHServer.with { server in
            let error = await #expect(throws: NodeAccessError.self) {
                try await server.connected("cp-1", to: ["closed", "stranger"]) { _ = try await $0.session() }
            }
            #expect(error?.code == .loginRefused)
            #expect(error?.message.contains("closed: ") == true)
            #expect(error?.message.contains("stranger: ") == true)
        }
    }

    private static func text(_ outcome: NodeConnection.Attempt.Outcome) -> String {
        switch outcome {
        case .used: "used"
        case .answers: "answers"
        case .failed(let error): error.code.rawValue
        }
    }

    @Test func aTunnelReachesALoopbackPort() async throws {
        try await SSHServer.with { server in
            try await server.connected { connection in
                // The server's own port, which listens on 127.0.0.1 only and speaks first.
                let session = try await connection.session()
                let port = try await session.tunnel(to: "127.0.0.1", port: server.port)
                let other = try await session.tunnel(to: "127.0.0.1", port: server.port)
                #expect(port != server.port)
                #expect(port != other)
                #expect(try LoopbackConnection(port: port).read().hasPrefix("SSH-2.0-"))
                #expect(try LoopbackConnection(port: other).read().hasPrefix("SSH-2.0-"))
            }
        }
    }

    @Test func aConnectionThatEndsIsLost() async throws {
        try await SSHServer.with { server in
            try await server.connected { connection in
                let session = try await connection.session()
                let sleep = Processes.uniqueSleep()
                async let code = accessCode {
                    _ = try await session.run(NodeCommand(["sh", "-c", "sleep \(sleep) & sleep \(sleep)"]))
                }
                #expect(await Processes.wait { Processes.with(sleep).count >= 4 })
                server.killConnections()
                #expect(await code == .connectionLost)
                #expect(await Processes.wait { Processes.with(sleep).isEmpty })
                let later = await accessCode { _ = try await session.run(NodeCommand(["true"])) }
                #expect(later == .connectionLost)
            }
        }
    }

    @Test func theDeadlineEndsARemoteCommandAndItsChildren() async throws {
        try await SSHServer.with { server in
            try await server.connected { connection in
                let session = try await connection.session()
                let sleep = Processes.uniqueSleep()
                let code = await accessCode {
                    _ = try await session.run(
                        NodeCommand(["sh", "-c", "sleep \(sleep) & sleep \(sleep)"], deadline: .seconds(1)))
                }
                #expect(code == .timedOut)
                #expect(await Processes.wait { Processes.with(sleep).isEmpty })
                #expect(try await session.run(NodeCommand(["true"])).exitCode == 0)
            }
        }
    }

    @Test func cancellationEndsEverythingHereAndThere() async throws {
        try await SSHServer.with { server in
            let name = "gone-\(UInt32.random(in: 0...UInt32.max))"
            let sleep = Processes.uniqueSleep()
            let task = Task {
                try await server.connected(name) { connection in
                    try await connection.session().run(NodeCommand(["sh", "-c", "sleep \(sleep) & sleep \(sleep)"]))
                }
            }
            #expect(await Processes.wait { Processes.with(sleep).count >= 4 })
            let folders = Self.socketFolders(of: name)
            #expect(folders.count == 1)
            task.cancel()
            await #expect(throws: (any Error).self) { _ = try await task.value }
            #expect(Processes.with("/\(name)-").isEmpty)
            #expect(folders.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
            #expect(await Processes.wait { Processes.with(sleep).isEmpty })
        }
    }

    /// A replica's name is its place, and long names of hosts begin alike.
    @Test(arguments: ["nas:/srv/archives", "[fd00::1]:/a b", "../up", "a-long-name-of-a-cluster-node-1"])
    func aNameMayBeAnything(name: String) async throws {
        try await SSHServer.with { server in
            try await server.connected(name) { connection in
                let result = try await connection.session().run(NodeCommand(["printf", "own"]))
                #expect(result.outputText == "own")
            }
        }
    }

    @Test func nothingIsLeftAfterwards() async throws {
        try await SSHServer.with { server in
            let name = "left-\(UInt32.random(in: 0...UInt32.max))"
            let folders = try await server.connected(name, to: ["silent", "good"]) { connection in
                let session = try await connection.session()
                _ = try await session.tunnel(to: "127.0.0.1", port: server.port)
                return Self.socketFolders(of: name)
            }
            #expect(folders.count == 1)
            #expect(folders.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
            #expect(Processes.with("/\(name)-").isEmpty)
        }
    }

    @Test func aLoginThatPrintsDisturbsNothing() async throws {
        try await SSHServer.with { server in
            let line = try String(contentsOfFile: server.folder + "/user.pub", encoding: .utf8)
            let forced = #"command="echo Welcome; echo to this host >&2; eval \"$SSH_ORIGINAL_COMMAND\"" "#
            try (forced + line).write(toFile: server.folder + "/authorized_keys", atomically: true, encoding: .utf8)
            try await server.connected { connection in
                let session = try await connection.session()
                let result = try await session.run(NodeCommand(["printf", "own"]))
                #expect(result.outputText == "own")
                #expect(result.exitCode == 0)
                #expect(result.errorOutput == "to this host\n")
            }
        }
    }

    /// The folders in which there is a socket for the node.
    private static func socketFolders(of name: String) -> [String] {
        let parents = ["/tmp", ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"]].compactMap { $0 }
        return Set(parents).flatMap { parent in
            let folders = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
            return folders.filter { $0.hasPrefix("kupgrade-") }.map { "\(parent)/\($0)" }
        }.filter { folder in
            let sockets = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return sockets.contains { $0.hasPrefix("\(name)-") }
        }
    }
}
