import Plans
import RunEngine
import Testing
import UpgradePlanning

@testable import Commands

/// Who may go on with a run of another machine.
@Suite struct TakeOverTests {
    private static let name = "upgrade-20260101T000000Z"
    private static let plan = smallUpgrade([
        Step(id: "lock", node: nil, action: .lock, impact: .none, undo: .nothing, wayBack: .free)
    ])

    private func found(isElsewhere: Bool = true, silent: Int = 1_000) throws -> RunFinder.Found {
        let bytes = try RunFolder.bytes(of: Self.plan)
        var journal = JournalText()
        let opened = RunEvent.opened(run: Self.name, plan: JournalText.digest(bytes), by: "laptop")
        let text = try journal.append(opened, at: "2026-01-01T00:00:00Z")
        return RunFinder.Found(
            name: Self.name, run: try LoadedRun(plan: bytes, journal: Array(text.utf8)), isElsewhere: isElsewhere,
            by: "laptop", silent: silent)
    }

    private func digest() throws -> String { JournalText.digest(try RunFolder.bytes(of: Self.plan)) }

    /// The code that it is refused with; `nil` where the run is this machine's now.
    private func refusal(
        _ found: RunFinder.Found, allowed: Bool = true, agreed: Bool = true, accept: String? = nil,
        known: Bool = false
    ) throws -> String? {
        var code: String?
        try TestFolder.with { folder in
            let world = folder.world()
            let own = RunFolder(state: world.stateFolder, run: Self.name)
            if known { try own.adopt(found.run) }
            let takeOver = TakeOver(world: world, isAllowed: allowed, isAgreed: agreed, accept: accept)
            code = problem { _ = try takeOver.adopt(found) }?.code
            let isHere = (try? own.load()) == found.run
            #expect(isHere == (known || code == nil && found.isElsewhere))
        }
        return code
    }

    @Test func ownRunsNeedNoWord() throws {
        #expect(try refusal(found(isElsewhere: false), allowed: false, agreed: false) == nil)
    }

    @Test func anotherMachinesNeedsTheWordAndSilence() throws {
        let accept = try digest()
        #expect(try refusal(found(), allowed: false, accept: accept) == "KUP-E110")
        #expect(try refusal(found(silent: RunFinder.patience), accept: accept) == "KUP-E110")
        #expect(try refusal(found(silent: RunFinder.patience + 1), accept: accept) == nil)
        #expect(try refusal(found(silent: .max), accept: accept) == nil)
    }

    /// Whoever can write on a node can put a plan there.
    @Test func aScriptNamesThePlanByItsDigest() throws {
        let digest = try digest()
        #expect(try refusal(found()) == "KUP-E119")
        #expect(try refusal(found(), accept: "") == "KUP-E119")
        #expect(try refusal(found(), accept: String(digest.prefix(11))) == "KUP-E119")
        #expect(try refusal(found(), accept: String(digest.prefix(12))) == nil)
        #expect(try refusal(found(), accept: String(digest.dropFirst().prefix(12))) == "KUP-E119")
        // This machine confirmed the very plan before.
        #expect(try refusal(found(), known: true) == nil)
    }
}
