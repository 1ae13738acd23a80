import Foundation
import Plans
import RunEngine
import Testing

@Suite("copies of a run")
struct RunCopiesTests {
    private let plan = TestPlans.plan([TestPlans.step("a", node: "n"), TestPlans.step("b", node: "m")])

    private func run(_ events: [RunEvent]) throws -> LoadedRun {
        let bytes = try RunFolder.bytes(of: plan)
        let state = FileManager.default.temporaryDirectory.path + "/kup-copies-\(UUID())"
        let folder = RunFolder(state: state, run: "r")
        defer { try? FileManager.default.removeItem(atPath: state) }
        let digest = try folder.write(plan)
        var journal = JournalText()
        for event in [.opened(run: "r", plan: digest, by: "a")] + events { _ = try journal.append(event, at: "t") }
        return try LoadedRun(plan: bytes, journal: Array(journal.texts.joined().utf8))
    }

    private let intent = RunEvent.intent(step: "a", prior: nil)
    private let done = RunEvent.done(step: "a", isOurs: true, detail: nil)

    @Test("the longest one is the run")
    func longest() throws {
        let (short, long) = (try run([intent]), try run([intent, done]))
        #expect(try RunCopies(own: short, nodes: [.init(place: "n", run: long)]).newest(of: "r") == long)
        #expect(try RunCopies(own: long, nodes: [.init(place: "n", run: short)]).newest(of: "r") == long)
        #expect(try RunCopies(own: nil, nodes: [.init(place: "n", run: short)]).newest(of: "r") == short)
        #expect(throws: RunError.self) { _ = try RunCopies(own: nil, nodes: []).newest(of: "r") }
    }

    @Test("nodes that disagree are not believed")
    func disagree() throws {
        let copies = [
            RunCopies.Copy(place: "n", run: try run([intent])),
            RunCopies.Copy(place: "m", run: try run([.stopped(why: "x")])),
        ]
        #expect(throws: RunError.self) { _ = try RunCopies(own: nil, nodes: copies).newest(of: "r") }
    }

    @Test(
        "lines that only this machine has stand for nothing after another took the run over, where their nodes were read"
    )
    func overtaken() throws {
        let own = try run([intent])
        let other = try run([.resumed(by: "b"), intent, done])
        #expect(try RunCopies(own: own, nodes: [.init(place: "n", run: other)]).newest(of: "r") == other)
        // The node of the intent was not read: it may have been acted on.
        #expect(throws: RunError.self) {
            _ = try RunCopies(own: own, nodes: [.init(place: "m", run: other)]).newest(of: "r")
        }
        // Nobody took it over: two machines wrote at once.
        let raced = try run([.stopped(why: "x")])
        #expect(throws: RunError.self) {
            _ = try RunCopies(own: own, nodes: [.init(place: "n", run: raced)]).newest(of: "r")
        }
    }
}
