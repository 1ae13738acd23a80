import Foundation
import Plans
import Terminal
import UpgradePlanning

@testable import Commands

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A folder of its own, and a world that starts in it.
struct TestFolder {
    let path = FileManager.default.temporaryDirectory.path + "/kup-commands-\(UUID().uuidString)"

    static func with(_ body: (TestFolder) throws -> Void) throws {
        let folder = TestFolder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        try body(folder)
    }

    @discardableResult
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        return file.path
    }

    func world(_ environment: [String: String] = [:]) -> World {
        World(
            // Without the second, root's would be the machine's own.
            environment: ["HOME": path + "/home", "XDG_STATE_HOME": path + "/state"].merging(environment) { $1 },
            workingDirectory: path, userID: getuid(),
            now: { Instant(secondsSince1970: 1_795_000_000) }, output: { _ in }, messages: { _ in },
            outputStyle: .plain, messageStyle: .plain, askSecret: { _ in throw Prompt.Failure.noTerminal })
    }
}

/// An upgrade of one stage, made on the first of January 2026.
func smallUpgrade(_ steps: [Step]) -> Plan {
    Plan(
        kind: .upgrade, cluster: "lab", madeAt: "2026-01-01T00:00:00Z", goal: Goal(changes: [], hops: [], later: []),
        fingerprint: [], stages: [Stage(id: "all", kind: .preparation, title: "all", steps: steps)], findings: [],
        next: "")
}

/// The problem that `body` throws; `nil` when it throws none.
func problem(_ body: () throws -> Void) -> Problem? {
    do {
        try body()
        return nil
    } catch {
        return error as? Problem
    }
}

/// Compares with a committed file; `KUPGRADE_RECORD=1` writes it anew.
func golden(_ text: String, _ name: String, file: String = #filePath) throws -> Bool {
    let path = URL(fileURLWithPath: file).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
    if ProcessInfo.processInfo.environment["KUPGRADE_RECORD"] == "1" { try Data(text.utf8).write(to: path) }
    return try String(contentsOf: path, encoding: .utf8) == text
}

func fixture(_ name: String, file: String = #filePath) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: file).deletingLastPathComponent().appending(path: "Fixtures/\(name)"))
}
