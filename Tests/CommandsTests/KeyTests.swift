import AgeEncryption
import Foundation
import Secrets
import Testing

@testable import Commands

/// `kupgrade key`, and Debian's age and minisign on what it writes.
@Suite(.serialized, .timeLimit(.minutes(2))) struct KeyTests {
    /// A world whose output is kept, and whose terminal answers these lines.
    private final class Transcript: @unchecked Sendable {
        // Sendable by proof: the commands under test run on the test's own thread, one after the other.
        var output = ""
        var answers: [String] = []
    }

    private func world(_ folder: TestFolder, _ transcript: Transcript) -> World {
        var world = folder.world()
        world.output = { transcript.output += $0 }
        world.askSecret = { _ in
            guard !transcript.answers.isEmpty else { throw CancellationError() }
            return Array(transcript.answers.removeFirst().utf8)
        }
        return world
    }

    private func shell(_ line: String, in folder: TestFolder) throws -> (code: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec 2>&1; cd '\(folder.path)'; \(line)"]
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    private func code(_ body: () throws -> Void) -> String? { problem(body)?.code }

    @Test func anIdentityIsOneOfAges() throws {
        try TestFolder.with { folder in
            let transcript = Transcript()
            let world = world(folder, transcript)
            try KeyGenerateCommand.parse(["--out", "key"]).run(in: world)
            let recipient = transcript.output.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(try shell("age-keygen -y key; stat -c %a key", in: folder).text == "\(recipient)\n600\n")
            #expect(code { try KeyGenerateCommand.parse(["--out", "key"]).run(in: world) } == "KUP-E006")
            transcript.output = ""
            try KeyShowCommand.parse(["key"]).run(in: world)
            #expect(transcript.output == "\(recipient)\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["key"])
        }
    }

    @Test func aPaperCopyReadsBackAndCarriesTheSigners() throws {
        try TestFolder.with { folder in
            let signer = SigningKey.generate().signer.description
            try folder.write(
                "kupgrade.yaml", "version: 1\nname: home\nnodes: {a: {}}\nbackup:\n  signers: [\(signer)]\n")
            let transcript = Transcript()
            let world = world(folder, transcript)
            transcript.answers = ["correct horse", "correct horse", "correct horse"]
            try KeyGenerateCommand.parse(["--out", "key", "--paper", "paper"]).run(in: world)
            let recipient = transcript.output.trimmingCharacters(in: .whitespacesAndNewlines)
            transcript.output = ""
            transcript.answers = ["correct horse"]
            try KeyShowCommand.parse(["paper"]).run(in: world)
            #expect(transcript.output == "\(recipient)\n")
            let opened = try shell(
                "(sleep 1; echo correct horse; sleep 1) | script -qec 'age -d -o plain paper' /dev/null; cat plain",
                in: folder)
            #expect(opened.text.contains("# accepted signer: \(signer)"), "\(opened.text)")
            #expect(try shell("age-keygen -y plain", in: folder).text == "\(recipient)\n")
            transcript.answers = ["wrong"]
            let wrong = problem { try KeyShowCommand.parse(["paper"]).run(in: world) }
            #expect(wrong?.code == "KUP-E081" && wrong?.status == .wrongKey)
        }
    }

    @Test func aPassphraseThatIsTypedDifferentlyIsRefusedBeforeAnythingIsWritten() throws {
        try TestFolder.with { folder in
            let transcript = Transcript()
            let world = world(folder, transcript)
            for answers in [["one", "two"], [""], []] {
                transcript.answers = answers
                #expect(
                    code { try KeyGenerateCommand.parse(["--out", "key", "--paper", "paper"]).run(in: world) }
                        == "KUP-E084")
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(files.isEmpty)
            // The note was wrong: the identity is there, and it is said.
            transcript.answers = ["one", "one", "two"]
            let unproven = problem {
                try KeyGenerateCommand.parse(["--out", "key", "--paper", "paper"]).run(in: world)
            }
            #expect(unproven?.code == "KUP-E081")
            #expect(unproven?.state == ["the identity key is written and whole; the paper copy is not proven"])
        }
    }

    @Test func aSigningKeyIsOneOfMinisigns() throws {
        try TestFolder.with { folder in
            let transcript = Transcript()
            let world = world(folder, transcript)
            try KeyGenerateCommand.parse(["--signer", "--out", "signing"]).run(in: world)
            let signer = transcript.output.trimmingCharacters(in: .whitespacesAndNewlines)
            try folder.write("file", "hello")
            let said = try shell("minisign -S -s signing -m file && minisign -V -P \(signer) -m file", in: folder)
            #expect(said.code == 0, "\(said.text)")
            #expect(
                code { try KeyCheckCommand.parse(["--identity", "signing", "file"]).run(in: world) } == "KUP-E080")
        }
    }

    @Test func anIdentityIsHeldAgainstAnArchive() throws {
        try TestFolder.with { folder in
            let transcript = Transcript()
            let world = world(folder, transcript)
            for name in ["mine", "other"] { try KeyGenerateCommand.parse(["--out", name]).run(in: world) }
            let recipient = try #require(transcript.output.split(separator: "\n").first)
            #expect(try shell("echo hello | age -r \(recipient) -o archive", in: folder).code == 0)
            transcript.output = ""
            try KeyCheckCommand.parse(["--identity", "mine", "archive"]).run(in: world)
            #expect(transcript.output == "mine opens \(folder.path)/archive\nsealed to 1 recipient (X25519)\n")
            let other = problem { try KeyCheckCommand.parse(["--identity", "other", "archive"]).run(in: world) }
            #expect(other?.code == "KUP-E081" && other?.status == .wrongKey)
            #expect(code { try KeyCheckCommand.parse(["--identity", "mine", "mine"]).run(in: world) } == "KUP-E080")
            #expect(code { try KeyCheckCommand.parse(["--identity", "mine"]).run(in: world) } == "KUP-E001")
            try folder.write("open", "AGE-SECRET-KEY-1", mode: 0o644)
            #expect(code { try KeyShowCommand.parse(["open"]).run(in: world) } == "KUP-E007")
        }
    }
}
