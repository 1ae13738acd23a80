import Foundation
import Plans
import RunEngine
import Testing

@Suite("the journal")
struct JournalTests {
    private func folder() -> String { FileManager.default.temporaryDirectory.path + "/journal-\(UUID())" }
    private let plan = TestPlans.plan([TestPlans.step("a"), TestPlans.step("b")])

    private func text(_ count: Int) throws -> JournalText {
        var journal = JournalText()
        for index in 0..<count { _ = try journal.append(.intent(step: "s\(index)", prior: "{\"a\n\"}"), at: "t") }
        return journal
    }

    @Test("reads what it wrote")
    func roundTrip() throws {
        let journal = try text(5)
        let read = try JournalText(parsing: Array(journal.texts.joined().utf8))
        #expect(read.lines == journal.lines && !read.wasTorn)
    }

    @Test("runs are listed by time, whatever their kind")
    func listed() throws {
        let state = folder()
        defer { try? FileManager.default.removeItem(atPath: state) }
        for name in ["upgrade-20260102T000000Z", "restore-20260103T000000Z", "rollback-20260101T000000Z"] {
            let folder = RunFolder(state: state, run: name)
            try folder.write(plan)
            try folder.write([], as: RunFolder.journalFile)
        }
        // A lock alone is no run.
        try RunFolder(state: state, run: "restore-20260104T000000Z").make()
        #expect(
            RunFolder.all(in: state).map(\.run) == [
                "rollback-20260101T000000Z", "upgrade-20260102T000000Z", "restore-20260103T000000Z",
            ])
    }

    @Test("a torn last line is left out, wherever it was torn")
    func torn() throws {
        let bytes = Array(try text(3).texts.joined().utf8)
        let second = try text(2).texts.joined().utf8.count
        for count in (second + 1)..<bytes.count {
            let read = try JournalText(parsing: Array(bytes[..<count]))
            #expect(read.lines.count == 2 && read.wasTorn)
        }
        let zeros = Array(bytes[..<second]) + [UInt8](repeating: 0, count: 30) + [10]
        #expect(try JournalText(parsing: zeros).wasTorn)
    }

    @Test("every other change is found: a flipped bit, a line gone, two lines changed places, rubbish at the end")
    func changed() throws {
        let journal = try text(4)
        let bytes = Array(journal.texts.joined().utf8)
        for index in bytes.indices.dropLast(journal.texts[3].utf8.count) {
            var wrong = bytes
            wrong[index] ^= 4
            #expect(throws: RunError.self, "byte \(index)") { _ = try JournalText(parsing: wrong) }
        }
        for texts in [[0, 2, 3], [1, 2, 3], [0, 2, 1, 3], [0, 0, 1]] {
            #expect(throws: RunError.self) {
                _ = try JournalText(parsing: Array(texts.map { journal.texts[$0] }.joined().utf8))
            }
        }
        #expect(throws: RunError.self) { _ = try JournalText(parsing: bytes + Array("hello\n".utf8)) }
    }

    @Test("one that is the beginning of another agrees with it")
    func agreement() throws {
        let (short, long) = (try text(2), try text(4))
        var other = try text(1)
        _ = try other.append(.turnedBack(by: "me"), at: "t")
        #expect(short.agrees(with: long) && long.agrees(with: short))
        #expect(!other.agrees(with: long))
    }

    @Test("on disk: what was appended is there, a torn end is cut off and written over")
    func onDisk() throws {
        let state = folder()
        defer { try? FileManager.default.removeItem(atPath: state) }
        let folder = RunFolder(state: state, run: "restore-1")
        let digest = try folder.write(plan)
        var writer = try JournalWriter(folder)
        try writer.append(.opened(run: "restore-1", plan: digest, by: "me"), at: "t")
        try writer.append(.intent(step: "a", prior: nil), at: "t")
        let path = folder.path + "/journal.jsonl"
        let whole = try Data(contentsOf: URL(filePath: path))
        try (whole + Data("{\"at\":".utf8)).write(to: URL(filePath: path))
        var again = try JournalWriter(folder)
        #expect(again.journal.wasTorn)
        try again.append(.done(step: "a", isOurs: true, detail: nil), at: "t")
        let run = try folder.load()
        #expect(run.journal.events.count == 3 && run.plan == plan && run.isOpen && run.state.doneCount == 1)
        #expect(RunFolder.all(in: state) == [folder])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("a plan that is not the confirmed one is refused")
    func otherPlan() throws {
        let state = folder()
        defer { try? FileManager.default.removeItem(atPath: state) }
        let folder = RunFolder(state: state, run: "restore-2")
        let digest = try folder.write(plan)
        var writer = try JournalWriter(folder)
        try writer.append(.opened(run: "restore-2", plan: digest, by: "me"), at: "t")
        var changed = plan
        changed.cluster = "other"
        try folder.write(changed)
        #expect(throws: RunError(.otherPlan, "the plan beside the journal is not the one that was confirmed")) {
            _ = try folder.load()
        }
    }
}
