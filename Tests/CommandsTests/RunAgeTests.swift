import Foundation
import Plans
import RunEngine
import Testing
import UpgradePlanning

@testable import Commands

/// When the archive that a run made is too old to go on over: pure, over what its journal says.
@Suite struct RunAgeTests {
    private static let target = SystemTarget(source: "flake", kubernetes: "1.21.0", toplevel: "/nix/store/new")

    private static let archive = BackupTarget(etcdNode: "n", kubernetes: ["1.20.2"])

    private static func step(_ id: String, _ action: Action, node: String? = nil) -> Step {
        Step(id: id, node: node, action: action, impact: .none, undo: .nothing, wayBack: .free)
    }

    private static let plan = smallUpgrade([
        step("lock", .lock), step("backup", .backUp(archive)), step("cordon", .cordon, node: "n"),
        step("activate", .activate(Activation(target: target, bootDefault: .atCommit)), node: "n"),
        step("second", .backUp(archive)), step("uncordon", .uncordon, node: "n"),
    ])

    private static func run(_ events: [(minute: Int, event: RunEvent)]) throws -> LoadedRun {
        let bytes = try RunFolder.bytes(of: plan)
        var journal = JournalText()
        var text = ""
        let opened = RunEvent.opened(run: "r", plan: JournalText.digest(bytes), by: "me")
        for (minute, event) in [(0, opened)] + events {
            let time = "2026-01-01T0\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60):00Z"
            text += try journal.append(event, at: time)
        }
        return try LoadedRun(plan: bytes, journal: Array(text.utf8))
    }

    private static func done(_ id: String, _ minute: Int) -> [(minute: Int, event: RunEvent)] {
        [(minute, .intent(step: id, prior: nil)), (minute, .done(step: id, isOurs: true, detail: nil))]
    }

    private func stale(_ events: [(minute: Int, event: RunEvent)], atMinute minute: Int64) throws -> [String] {
        let start = try #require(Instant(rfc3339: "2026-01-01T00:00:00Z"))
        return RunAge.staleBackUps(
            try Self.run(events), now: Instant(secondsSince1970: start.secondsSince1970 + minute * 60))
    }

    @Test func anArchiveIsMadeAnewAfterAnHourOfNothing() throws {
        let made = Self.done("lock", 0) + Self.done("backup", 5)
        #expect(try stale(Self.done("lock", 0), atMinute: 500) == [])
        #expect(try stale(made, atMinute: 65) == [])
        #expect(try stale(made, atMinute: 66) == ["backup"])
        #expect(try stale(made + Self.done("cordon", 6), atMinute: 66) == ["backup"])
    }

    /// From the first activation on it is the one to go back to, whether or not that ended.
    @Test func whatWasActivatedOverKeepsItsArchive() throws {
        let begun: (Int, RunEvent) = (6, .intent(step: "activate", prior: "/nix/store/old /nix/store/old 7 boot"))
        let made = Self.done("lock", 0) + Self.done("backup", 5) + Self.done("cordon", 6)
        #expect(try stale(made + [begun], atMinute: 500) == [])
        #expect(try stale(made + [begun, (7, .failed(step: "activate", why: "x"))], atMinute: 500) == [])
        #expect(try stale(made + [begun, (7, .undone(step: "activate", detail: nil))], atMinute: 500) == ["backup"])
        // The archive before the next hop is the next one's.
        let second = made + Self.done("activate", 7) + Self.done("second", 10)
        #expect(try stale(second, atMinute: 60) == [])
        #expect(try stale(second, atMinute: 71) == ["second"])
    }
}
