import Backups
import Foundation
import NodeAccess
import Testing

@testable import Actions

/// What a key that can only send archives lets a maker do, by the words that a session of the maker's really sends.
@Suite struct ReplicaReceiverTests {
    private static let digest = String(repeating: "a", count: 64)

    /// As `sshd` hands it over.
    private func line(_ words: [String], count: Int = 0) -> String {
        let sent =
            ["/bin/sh", "-c", "echo 'it''s' \(count)", "kup-1a2b", "sudo", "-n", "--"]
            + ["/bin/sh", "-c", "wrapped 'text'", "kupgrade", "kup-1a2b", "\(count)"] + words
        return sent.map { "'" + $0.replacingOccurrences(of: "'", with: #"'\''"#) + "'" }.joined(separator: " ")
    }

    private func asked(_ words: String...) -> [String] { HostReplica.command(["/srv/archives"] + words) }

    private func refusal(_ line: String) -> String? {
        do {
            _ = try ReplicaReceiver(folder: "/srv/archives").words(for: line)
            return nil
        } catch { return "\(error)" }
    }

    @Test func whatSendingNeedsIsRunByThisProgramsOwnScript() throws {
        for words in [
            asked("enter", "", "1a2b"), asked("enter", "1a2b", "3c4d"), asked("list", "home-"),
            asked("look", "home-20261122T023000Z-9f3c1a2b.json", Self.digest, "host-1"),
            asked("append", "home-20261122T023000Z-9f3c1a2b.json", "8388608", "host-1"),
            asked("keep", "RECOVERY.md", Self.digest, "host-1"),
        ] {
            // Another version of the script over there is not what runs here.
            var sent = words
            sent[2] = "rm -rf /"
            let run = try ReplicaReceiver(folder: "/srv/archives").words(for: line(sent, count: 7))
            #expect(run.suffix(words.count) == words[...])
            #expect(run.contains("kup-1a2b") && run.contains("7") && !run.contains("sudo"))
            #expect(!run.contains { $0.contains("rm -rf /") })
        }
    }

    @Test func anythingElseIsRefused() {
        var other = asked("list", "home-")
        other[4] = "/etc"
        for line in [
            "", "id", "/bin/sh -c id", "scp -t /srv/archives", "internal-sftp", "'", "a `id`",
            line(["/bin/sh", "-c", "x", "sh", "/srv/archives"]), line(["rm", "-rf", "/srv/archives", "a", "b", "c"]),
            line(other), line(asked("remove", "home-1.json")), line(asked("list", "../etc/")),
            line(asked("list", "")), line(asked("list", "a*")),
            line(asked("look", ".kupgrade-archives", Self.digest, "s")),
            line(asked("keep", "a/b", Self.digest, "s")), line(asked("keep", "-rf", Self.digest, "s")),
            line(asked("keep", "home-1.json", "short", "s")), line(asked("append", "home-1.json", "-1", "s")),
            line(asked("append", "home-1.json", "0", "$(id)")), line(asked("enter", "", "two\nlines")),
            line(asked("list", "home-", "more")),
        ] {
            #expect(refusal(line)?.contains("this key") == true, "\(line)")
        }
    }

    /// The script itself writes over no archive, whoever runs it, and over what is written anew each night.
    @Test func anArchiveIsNeverReplaced() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/kup-replica-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func run(_ words: String..., input: String = "") throws -> String {
            let source = folder + ".input"
            try Data(input.utf8).write(to: URL(filePath: source))
            defer { try? FileManager.default.removeItem(atPath: source) }
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = Array(HostReplica.command([folder] + words).dropFirst())
            let output = Pipe()
            process.standardOutput = output
            process.standardInput = FileHandle(forReadingAtPath: source)
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            return process.terminationStatus == 0 ? said.trimmingCharacters(in: .newlines) : "failed"
        }
        let one = "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
        let two = "27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a"
        func send(_ name: String, _ text: String, _ digest: String) throws -> String {
            #expect(try run("append", name, "0", "host", input: text) == "")
            return try run("keep", name, digest, "host")
        }
        for name in ["home-1.json", "RECOVERY.md", "kupgrade.tar"] {
            #expect(try send(name, "one\n", one) == "kept")
            #expect(try send(name, "two\n", one) == "differs")
            #expect(try send(name, "two\n", two) == (name == "home-1.json" ? "failed" : "kept"))
            let kept = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            #expect(kept == (name == "home-1.json" ? "one\n" : "two\n"))
        }
    }
}
