import Foundation
import Plans
import Synchronization
import Testing

@testable import RunEngine

/// What happened, in its order, as mirror and performer saw it.
private final class Tape: RunMirror, StepPerformer, RunWatcher {
    private struct State {
        var lines: [String] = []
        var unreachable: Set<String> = []
        var failure: RunError?
        var beats = 0
    }

    private let state = Mutex(State())
    private let folder: RunFolder
    /// The heartbeat at which a node says that another process drives.
    let overtakenAt: Int?

    init(_ folder: RunFolder, overtakenAt: Int? = nil) {
        self.folder = folder
        self.overtakenAt = overtakenAt
    }

    var lines: [String] { state.withLock { $0.lines } }
    func lose(_ node: String) { state.withLock { _ = $0.unreachable.insert(node) } }
    func refuse(_ error: RunError) { state.withLock { $0.failure = error } }
    private func note(_ text: String) { state.withLock { $0.lines.append(text) } }

    func write(_ journal: JournalText, node: String?) async throws {
        // It is on this machine's disk before any node hears of it.
        let kept = try JournalText(parsing: try folder.read(RunFolder.journalFile) ?? [])
        #expect(kept.texts == journal.texts)
        if let error = state.withLock({ $0.failure }) { throw error }
        if let node, state.withLock({ $0.unreachable.contains(node) }) {
            throw RunError(.mirrorFailed, "\(node) is away")
        }
        note("line \(journal.lines.count) to \(node ?? "all")")
    }

    func beat() async -> Bool {
        let beats = state.withLock { state in
            state.beats += 1
            return state.beats
        }
        return overtakenAt.map { beats < $0 } ?? true
    }

    func survey(_ step: Step) async throws -> RunMachine.Survey { .open(prior: nil) }

    func perform(_ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void) async throws -> String? {
        note("does \(step.id)")
        if overtakenAt != nil { try await Task.sleep(for: .seconds(60)) }
        return nil
    }

    func conclude(_ step: Step, report: @escaping @Sendable (String) -> Void) async throws -> String? { nil }

    func undo(_ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void) async throws -> String? {
        note("undoes \(step.id)")
        return nil
    }

    func saw(_ update: RunUpdate) {}
}

@Suite("what is written before what is done")
struct ExecutorTests {
    private func with(
        overtakenAt: Int? = nil, _ body: (RunFolder, Plan, Tape, Executor, JournalWriter) async throws -> Void
    ) async throws {
        let path = FileManager.default.temporaryDirectory.path + "/kup-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let plan = TestPlans.plan([TestPlans.step("a", node: "n"), TestPlans.step("b")])
        let folder = RunFolder(state: path, run: "restore-x")
        let digest = try folder.write(plan)
        let tape = Tape(folder, overtakenAt: overtakenAt)
        var writer = try JournalWriter(folder)
        try writer.append(.opened(run: "restore-x", plan: digest, by: "me"), at: "2026-01-02T03:04:05Z")
        let executor = Executor(
            plan: plan, performer: tape, mirror: tape, watcher: tape, now: { "2026-01-02T03:04:05Z" },
            isStopping: { false })
        try await body(folder, plan, tape, executor, writer)
    }

    @Test("an intent is here, then on the node, then it is done")
    func order() async throws {
        try await with { folder, _, tape, executor, writer in
            let end = try await executor.run(writer)
            #expect(end == .done)
            #expect(
                tape.lines == [
                    "line 2 to n", "line 2 to n", "does a", "line 3 to n", "line 4 to all", "line 4 to all", "does b",
                    "line 5 to all", "line 6 to all",
                ])
            let ending = try folder.load().state.ending
            #expect(ending == .done)
        }
    }

    @Test("nothing is done on a node that cannot keep the intent, and the run stays open")
    func unreachable() async throws {
        try await with { folder, _, tape, executor, writer in
            tape.lose("n")
            guard case .failed("a", _) = try await executor.run(writer) else {
                Issue.record("it went on")
                return
            }
            #expect(!tape.lines.contains("does a"))
            let isOpen = try folder.load().isOpen
            #expect(isOpen)
        }
    }

    @Test(
        "where a node has the run from somebody else, this process ends",
        arguments: [RunError.Code.overtaken, .journalsDisagree])
    func disagreement(code: RunError.Code) async throws {
        try await with { _, _, tape, executor, writer in
            tape.refuse(RunError(code, "somebody else"))
            await #expect(throws: RunError(code, "somebody else")) { try await executor.run(writer) }
            #expect(tape.lines.isEmpty)
        }
    }

    @Test("a heartbeat that finds another process ends this one in the middle of its step", .timeLimit(.minutes(1)))
    func overtaken() async throws {
        try await with(overtakenAt: 1) { folder, _, tape, executor, writer in
            await #expect(throws: RunError.self) { try await executor.run(writer) }
            let isOpen = try folder.load().isOpen
            #expect(isOpen)
            #expect(!tape.lines.contains("does b"))
        }
    }

    @Test("a journal that cannot be written here stops everything")
    func unwritable() async throws {
        try await with { folder, _, tape, executor, writer in
            try FileManager.default.removeItem(atPath: folder.path)
            await #expect(throws: RunError.self) { try await executor.run(writer) }
            #expect(tape.lines.isEmpty)
        }
    }
}
