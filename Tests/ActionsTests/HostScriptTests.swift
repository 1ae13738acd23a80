import Foundation
import NodeAccess
import Plans
import RunEngine
import Testing

@testable import Actions

/// The scripts that a restore runs on hosts, on this one and in a folder of the test's.
@Suite struct HostScriptTests {
    private struct Bed {
        let root: String
        let session: any NodeSession

        func path(_ name: String) -> String { "\(root)/\(name)" }

        func read(_ name: String) -> String? {
            FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) }
        }

        func write(_ name: String, _ text: String, mode: Int = 0o600) throws {
            try Data(text.utf8).write(to: URL(filePath: path(name)))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
        }

        func files(_ words: [String], _ input: [UInt8] = [10]) async throws -> [String] {
            try await HostScript(session, FileScript.text).run(words, input: input)
        }

        /// As `verb DATA STAGE …`.
        func data(_ verb: String, _ words: String..., input: [UInt8] = [10]) async throws -> [String] {
            try await HostScript(session, DataScript.text).run(
                [verb, path("etcd"), path("etcd/.kupgrade-r")] + words, input: input)
        }
    }

    private func with(_ body: @escaping @Sendable (Bed) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory.path + "/kup-scripts-\(UUID())"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let endpoint = NodeEndpoint(name: "here", addresses: [NodeEndpoint.localAddress])
        try await withNodeConnections(to: [endpoint], settings: SSHSettings()) { connections in
            try await body(Bed(root: root, session: try await connections[0].session()))
        }
    }

    /// Every shell that a host may have reads them.
    @Test(arguments: ["/bin/sh", "/bin/bash"])
    func scriptsAreShell(shell: String) throws {
        let scripts = [
            SystemScript.text, GuardScript.text, UnitScript.text, DataScript.text, FileScript.text, MirrorScript.text,
            ShieldScript.text,
        ]
        for script in scripts {
            let process = Process()
            process.executableURL = URL(filePath: shell)
            process.arguments = ["-n", "-c", HostScript.head + script]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(script.prefix(200))")
        }
    }

    private static let user = NSUserName()
    private static func digest(_ text: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "printf %s \"$1\" | sha256sum | cut -c 1-64", "sh", text]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func file(_ path: String, _ text: String?, link: String? = nil, mode: UInt32 = 0o640) throws
        -> FileToPut
    {
        FileToPut(
            path: path, owner: user, group: "root", mode: mode, sha256: try text.map { try digest($0) }, link: link)
    }

    private static func sent(_ files: [String]) throws -> [UInt8] {
        try files.flatMap { Array("\($0.utf8.count) \(try digest($0))\n".utf8) + Array($0.utf8) }
    }

    @Test func filesAreBroughtPutAndTakenBack() async throws {
        try await with { bed in
            let folder = bed.path("run")
            try FileManager.default.createDirectory(atPath: bed.path("etc"), withIntermediateDirectories: true)
            try bed.write("etc/old", "old", mode: 0o644)
            let files = [
                try Self.file(bed.path("etc"), nil, mode: 0o755), try Self.file(bed.path("etc/link"), nil, link: "old"),
                try Self.file(bed.path("etc/new dir"), nil, mode: 0o700),
                try Self.file(bed.path("etc/new dir/new"), "new\nwith lines"),
                try Self.file(bed.path("etc/old"), "other"),
            ]
            let lines = FileLines.lines(files)
            _ = try await bed.files(
                ["bring", folder, "x"], try Self.sent(["new\nwith lines", "other"]))
            #expect(try await bed.files(["brought", folder, "x"]) == ["yes"])
            #expect(try await bed.files(["look", folder, "s"], lines).count == 4)
            for _ in 0..<2 {
                _ = try await bed.files(["put", folder, "s"], lines)
                #expect(bed.read("etc/old") == "other" && bed.read("etc/new dir/new") == "new\nwith lines")
                #expect(try await bed.files(["look", folder, "s"], lines).isEmpty)
                #expect(try FileManager.default.destinationOfSymbolicLink(atPath: bed.path("etc/link")) == "old")
            }
            for _ in 0..<2 {
                _ = try await bed.files(["unput", folder, "s"], lines)
                #expect(bed.read("etc/old") == "old")
                #expect(try FileManager.default.contentsOfDirectory(atPath: bed.path("etc")) == ["old"])
                let mode = try FileManager.default.attributesOfItem(atPath: bed.path("etc/old"))[.posixPermissions]
                #expect(mode as? Int == 0o644)
            }
        }
    }

    @Test func bytesThatDifferAreNotKept() async throws {
        try await with { bed in
            var input = try Self.sent(["right"])
            input[input.count - 1] ^= 1
            await #expect(throws: RunError.self) { _ = try await bed.files(["bring", bed.path("run"), "x"], input) }
            #expect(try await bed.files(["brought", bed.path("run"), "x"]) == ["no"])
        }
    }

    @Test func dataIsSwappedAndSwappedBackFromAnyPoint() async throws {
        try await with { bed in
            let manager = FileManager.default
            func make(_ name: String, _ text: String) throws {
                try manager.createDirectory(atPath: bed.path(name), withIntermediateDirectories: true)
                try bed.write(name + "/db", text)
            }
            try make("etcd/member", "old")
            _ = try await bed.data("open")
            #expect(try await bed.data("swapped", "undo") == ["1"])
            await #expect(throws: RunError.self) { _ = try await bed.data("swap", "undo") }
            try make("etcd/.kupgrade-r/data/member", "new")
            try bed.write("etcd/.kupgrade-r/data.ok", "")
            // Cut off between the two renames.
            try manager.moveItem(atPath: bed.path("etcd/member"), toPath: bed.path("etcd/undo"))
            #expect(try await bed.data("swapped", "undo") == ["1"])
            for _ in 0..<2 {
                _ = try await bed.data("swap", "undo")
                #expect(bed.read("etcd/member/db") == "new" && bed.read("etcd/undo/db") == "old")
            }
            #expect(try await bed.data("swapped", "undo") == ["yes"])
            for _ in 0..<2 {
                _ = try await bed.data("unswap", "undo", "1")
                #expect(bed.read("etcd/member/db") == "old" && !manager.fileExists(atPath: bed.path("etcd/undo")))
            }
            // And forward again.
            _ = try await bed.data("swap", "undo")
            #expect(bed.read("etcd/member/db") == "new")
            _ = try await bed.data("remove")
            #expect(try manager.contentsOfDirectory(atPath: bed.path("etcd")).sorted() == ["member", "undo"])
        }
    }

    /// Between the two renames the host booted, and an etcd that found nothing made data of its own.
    @Test func aStrangersDataIsSetAsideAndTheOldComesBack() async throws {
        try await with { bed in
            let manager = FileManager.default
            for folder in ["etcd/undo", "etcd/member", "etcd/.kupgrade-r/data/member"] {
                try manager.createDirectory(atPath: bed.path(folder), withIntermediateDirectories: true)
            }
            try bed.write("etcd/undo/db", "old")
            try bed.write("etcd/member/db", "stranger")
            try bed.write("etcd/.kupgrade-r/data/member/db", "new")
            try bed.write("etcd/.kupgrade-r/data.ok", "")
            for _ in 0..<2 {
                _ = try await bed.data("unswap", "undo", "1")
                #expect(bed.read("etcd/member/db") == "old")
                #expect(bed.read("etcd/member.kupgrade-stranger-1/db") == "stranger")
                #expect(bed.read("etcd/.kupgrade-r/data/member/db") == "new")
            }
            // Neither is there: that is no success.
            try manager.removeItem(atPath: bed.path("etcd/member"))
            await #expect(throws: RunError.self) { _ = try await bed.data("unswap", "undo", "1") }
        }
    }

    @Test func nothingOutsideARunsOwnFolderIsRemoved() async throws {
        try await with { bed in
            try bed.write("precious", "x")
            for stage in [bed.root, "/", "\(bed.root)/etcd", "\(bed.root)/etcd/../.kupgrade-r"] {
                await #expect(throws: RunError.self) {
                    _ = try await HostScript(bed.session, DataScript.text).run(["remove", bed.path("etcd"), stage])
                }
            }
            #expect(bed.read("precious") == "x")
        }
    }
}
