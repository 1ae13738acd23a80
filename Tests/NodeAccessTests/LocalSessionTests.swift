import Foundation
import Secrets
import Testing

@testable import NodeAccess

/// Runs `body` with this host as a node.
func onThisHost<Result: Sendable>(
    _ body: @escaping @Sendable (any NodeSession) async throws -> Result
) async throws -> Result {
    let endpoint = NodeEndpoint(name: "here", addresses: ["local"])
    return try await withNodeConnections(to: [endpoint], settings: SSHSettings()) { connections in
        try await body(try await connections[0].session())
    }
}

/// The code of the error that `body` throws; `nil` when it throws none.
func accessCode(_ body: () async throws -> Void) async -> NodeAccessError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? NodeAccessError)?.code
    }
}

@Suite struct LocalSessionTests {
    @Test(arguments: [0, 1, 3, 126, 127, 255] as [Int32])
    func anExitCodeIsAResult(code: Int32) async throws {
        let result = try await onThisHost { session in
            try await session.run(NodeCommand(["sh", "-c", "echo out; echo err >&2; exit \(code)"]))
        }
        #expect(result == CommandResult(exitCode: code, output: Array("out\n".utf8), errorOutput: "err\n"))
    }

    @Test func aCommandThatASignalEndsHasACode() async throws {
        let result = try await onThisHost { try await $0.run(NodeCommand(["sh", "-c", "kill -KILL $$"])) }
        #expect(result.exitCode == 137)
    }

    @Test func lastWordsWithoutNewlineHideNoExitCode() async throws {
        let result = try await onThisHost { try await $0.run(NodeCommand(["sh", "-c", "printf oops >&2; exit 3"])) }
        #expect(result.exitCode == 3)
        #expect(result.errorOutput.hasPrefix("oops"))
    }

    @Test func aMissingProgramIsAnErrorOfItsOwn() async throws {
        let code = await accessCode {
            _ = try await onThisHost { try await $0.run(NodeCommand(["kupgrade-no-such-program", "x"])) }
        }
        #expect(code == .commandMissing)
    }

    @Test func argumentsArriveAsTheyAre() async throws {
        let words = ["", "a b", "it's", "$HOME", "*", "a\nb", "--"]
        let result = try await onThisHost { try await $0.run(NodeCommand(["printf", #"%s\0"#] + words)) }
        #expect(result.outputText == words.map { $0 + "\0" }.joined())
    }

    @Test func theCommandDoesNotReadOurInput() async throws {
        let result = try await onThisHost { try await $0.run(NodeCommand(["cat"], deadline: .seconds(10))) }
        #expect(result == CommandResult(exitCode: 0, output: [], errorOutput: ""))
    }

    @Test(arguments: [1, 5, 4_096, 65_536, 65_537, 300_000])
    func inputArrivesWholeAndEnds(size: Int) async throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let result = try await onThisHost { session in
            try await session.run(NodeCommand(["sh", "-c", "cat; echo end"], input: bytes))
        }
        #expect(result.output == bytes + Array("end\n".utf8))
    }

    @Test func inputThatNobodyReadsIsNoError() async throws {
        let bytes = [UInt8](repeating: 10, count: 1 << 20)
        let result = try await onThisHost { try await $0.run(NodeCommand(["sh", "-c", "exit 4"], input: bytes)) }
        #expect(result.exitCode == 4)
    }

    @Test func noByteIsLostWhenTheCommandEndsAtOnce() async throws {
        // 5,000,000 bytes in lines that count up; the program ends with its last write.
        let expected = (0..<625_000).map { String($0 + 1_000_000) }.joined(separator: "\n") + "\n"
        try await onThisHost { session in
            for round in 0..<20 {
                let result = try await session.run(
                    NodeCommand(["seq", "1000000", "1624999"], outputLimit: 8 << 20, deadline: .seconds(30)))
                #expect(result.exitCode == 0)
                #expect(result.output == Array(expected.utf8), "round \(round): \(result.output.count) bytes")
            }
        }
    }

    @Test func noByteIsLostWhenTheReaderIsSlow() async throws {
        for size in [1 << 10, 1 << 16, 3 << 16] {
            let sink = OutputSink()
            let ending = try await ChildProcess(program: "head", arguments: ["-c", "\(size)", "/dev/zero"])
                .run(deadline: .seconds(20), outputLimit: 1 << 20) { bytes in
                    try await Task.sleep(for: .milliseconds(100))
                    await sink.append(bytes)
                }
            #expect(ending.exitCode == 0)
            #expect(await sink.bytes.count == size)
        }
    }

    @Test func standardErrorKeepsItsEnd() async throws {
        let result = try await onThisHost { session in
            try await session.run(NodeCommand(["sh", "-c", "seq 1 200000 >&2; exit 9"]))
        }
        #expect(result.exitCode == 9)
        #expect(result.errorOutput.utf8.count <= 64 << 10)
        #expect(result.errorOutput.hasSuffix("199999\n200000\n"))
    }

    @Test func theDeadlineEndsTheCommandAndItsChildren() async throws {
        let sleep = Processes.uniqueSleep()
        let code = await accessCode {
            _ = try await onThisHost { session in
                try await session.run(
                    NodeCommand(["sh", "-c", "sleep \(sleep) & sleep \(sleep)"], deadline: .seconds(1)))
            }
        }
        #expect(code == .timedOut)
        #expect(await Processes.wait { Processes.with(sleep).isEmpty })
    }

    @Test func whatACommandLeavesBehindIsEndedWithIt() async throws {
        let sleep = Processes.uniqueSleep()
        let result = try await onThisHost { session in
            try await session.run(NodeCommand(["sh", "-c", "sleep \(sleep) & echo started; exit 7"]))
        }
        #expect(result.exitCode == 7)
        #expect(result.outputText == "started\n")
        #expect(Processes.with(sleep).isEmpty)
    }

    @Test func aCommandThatIgnoresSIGTERMIsEnded() async throws {
        let sleep = Processes.uniqueSleep()
        let code = await accessCode {
            _ = try await onThisHost { session in
                try await session.run(
                    NodeCommand(
                        ["sh", "-c", "trap '' TERM HUP; (trap '' TERM; sleep \(sleep)); sleep \(sleep)"],
                        deadline: .seconds(1)))
            }
        }
        #expect(code == .timedOut)
        #expect(await Processes.wait { Processes.with(sleep).isEmpty })
    }

    @Test func tooMuchOutputEndsTheCommand() async throws {
        let sleep = Processes.uniqueSleep()
        let code = await accessCode {
            _ = try await onThisHost { session in
                try await session.run(
                    NodeCommand(["sh", "-c", "sleep \(sleep) & yes \(sleep)"], outputLimit: 100_000))
            }
        }
        #expect(code == .outputTooLarge)
        #expect(await Processes.wait { Processes.with(sleep).isEmpty })
    }

    @Test func cancellationLeavesNothing() async throws {
        let sleep = Processes.uniqueSleep()
        let task = Task {
            try await onThisHost { session in
                try await session.run(NodeCommand(["sh", "-c", "sleep \(sleep) & sleep \(sleep)"]))
            }
        }
        #expect(await Processes.wait { Processes.with(sleep).count >= 3 })
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        #expect(await Processes.wait { Processes.with(sleep).isEmpty })
    }

    @Test func secretsComeInOneRoundTrip() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kup-secrets-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let contents: [(String, Data?)] = [
            ("key", Data("line 1\nline 2\n".utf8)), ("gone", nil), ("empty", Data()),
            ("nul", Data([0, 10, 0, 10, 255])),
            ("with space's", Data("-1\n3\nx".utf8)), ("-n", Data("dash".utf8)),
        ]
        for (name, data) in contents { try data?.write(to: folder.appending(path: name)) }
        let paths = contents.map { folder.path + "/" + $0.0 }
        let read = try await onThisHost { try await $0.readSecrets(paths) }
        #expect(read.map { $0.map { $0.withBytes { Data($0) } } } == contents.map(\.1))
        #expect(try await onThisHost { try await $0.readSecrets([]) }.isEmpty)
        let code = await accessCode { _ = try await onThisHost { try await $0.readSecrets(paths, limit: -(64 << 10)) } }
        #expect(code == .outputTooLarge)
    }

    @Test func aHostNamedLocalIsChecked() async throws {
        let endpoint = NodeEndpoint(name: "here", addresses: ["local"])
        let attempts = try await withNodeConnections(to: [endpoint], settings: SSHSettings()) { connections in
            await connections[0].checkedAddresses()
        }
        #expect(attempts == [NodeConnection.Attempt(address: "local", outcome: .used)])
    }

    @Test func aProgramThatThisHostLacksIsNamed() async throws {
        let error = await #expect(throws: NodeAccessError.self) {
            _ = try await LocalProgram("kupgrade-no-such-program", []).run(deadline: .seconds(5), outputLimit: 10)
        }
        #expect(error?.code == .programMissing)
        #expect(error?.message == "this host has no program named kupgrade-no-such-program")
    }
}
