import Foundation
import Testing

@testable import Actions

/// What a node says to the processes that drive a run, by the script itself in a folder of the test's.
@Suite struct MirrorScriptTests {
    private struct Node {
        let base: String
        static let run = "upgrade-20260102T030405Z"

        func path(_ name: String) -> String { "\(base)/runs/\(Self.run)/\(name)" }

        @discardableResult
        func say(_ words: String..., input: String = "") throws -> String {
            let text = (HostScript.head + MirrorScript.text)
                .replacingOccurrences(of: "base=/var/lib/kupgrade", with: "base=\(base)")
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", text, "sh", words[0], Self.run] + words.dropFirst()
            // A file: a script that has answered already reads nothing more.
            let source = "\(base)/input"
            try Data(input.utf8).write(to: URL(filePath: source))
            let output = Pipe()
            process.standardOutput = output
            process.standardInput = FileHandle(forReadingAtPath: source)
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            return process.terminationStatus == 0 ? said.trimmingCharacters(in: .newlines) : "failed"
        }
    }

    private func with(_ body: (Node) throws -> Void) throws {
        let base = FileManager.default.temporaryDirectory.path + "/kup-mirror-\(UUID())"
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: base) }
        try body(Node(base: base))
    }

    @Test func whoBeganLaterDrives() throws {
        try with { node in
            #expect(try node.say("drive", "1", "a") == "")
            #expect(try node.say("whole", "4", "1", "a", input: "one\n") == "ok")
            #expect(try node.say("append", "4", "1", "a", input: "two\n") == "ok")
            // A later process takes it over; the one of before is told with its next word.
            #expect(try node.say("drive", "3", "b") == "")
            for words in [["append", "8", "1", "a"], ["whole", "4", "1", "a"], ["beat", "1", "a"]] {
                let said =
                    words.count == 4
                    ? try node.say(words[0], words[1], words[2], words[3], input: "no\n")
                    : try node.say(words[0], words[1], words[2])
                #expect(said == "other", "\(words)")
            }
            #expect(FileManager.default.contents(atPath: node.path("journal.jsonl")) == Data("one\ntwo\n".utf8))
            #expect(try node.say("append", "8", "3", "b", input: "three\n") == "ok")
        }
    }

    /// It was away when another process went on: that one's first word is enough.
    @Test func aNodeThatWasAwayHearsOfTheNewDriver() throws {
        try with { node in
            try node.say("drive", "1", "a")
            try node.say("whole", "4", "1", "a", input: "one\n")
            #expect(try node.say("lock", "me@here") == "ok")
            #expect(try node.say("beat", "5", "b") == "ok")
            #expect(try node.say("beat", "1", "a") == "other")
            #expect(try node.say("append", "4", "5", "b", input: "two\n") == "ok")
            // Two that began at the same line: who came last.
            #expect(try node.say("drive", "5", "c") == "")
            #expect(try node.say("beat", "5", "b") == "other")
            #expect(try node.say("beat", "5", "c") == "ok")
        }
    }

    @Test func aLockIsOneRuns() throws {
        try with { node in
            #expect(try node.say("lock", "me@here") == "ok")
            #expect(try node.say("lock", "me@here") == "ok")
            try Data("restore-20260101T000000Z other@there\n".utf8).write(to: URL(filePath: node.base + "/run.lock"))
            #expect(try node.say("lock", "me@here") == "restore-20260101T000000Z other@there")
            // Its end is known here: it locks nothing any more.
            let folder = node.base + "/runs/restore-20260101T000000Z"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data("{\"event\":{\"closed\":{}}}\n".utf8).write(to: URL(filePath: folder + "/journal.jsonl"))
            #expect(try node.say("lock", "me@here") == "ok")
            #expect(try node.say("holds") == "ok")
            #expect(try node.say("unlock") == "")
            #expect(try node.say("holds") == "no")
        }
    }

    /// A run that was only brought here has not begun.
    @Test func onlyABeatIsASignOfLife() throws {
        try with { node in
            #expect(try node.say("heard") == "")
            try FileManager.default.createDirectory(
                atPath: node.base + "/runs/\(Node.run)", withIntermediateDirectories: true)
            try Data("one\n".utf8).write(to: URL(filePath: node.path("journal.jsonl")))
            #expect(try node.say("heard") == "")
            try node.say("drive", "1", "a")
            let seconds = Int(try node.say("heard"))
            #expect(seconds ?? 99 < 5)
        }
    }

    @Test func aPlanOfTheSameNameIsNotWrittenOver() throws {
        try with { node in
            try node.say("drive", "1", "a")
            #expect(try node.say("plan", "4", input: "one\n") == "")
            #expect(try node.say("plan", "4", input: "one\n") == "")
            #expect(try node.say("plan", "4", input: "two\n") == "failed")
            #expect(FileManager.default.contents(atPath: node.path("plan.json")) == Data("one\n".utf8))
            #expect(try node.say("plan", "9", input: "cut\n") == "failed")
        }
    }
}
