import Plans
import RunEngine
import Synchronization
import Terminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Shows a run as it goes on: a line for each node on a terminal, else a line for each event and one every ten seconds.
final class RunBoard: RunWatcher {
    private struct State {
        var board = StatusBoard()
        var rows: [String: Row] = [:]
        var lastLine = ContinuousClock.now
        var current: (step: Step, index: Int, count: Int)?
        var reason = ""
        /// Nothing is drawn: it has ended, or a question stands there.
        var isHidden = false
    }

    /// What a node is at.
    struct Row {
        var text: String
        var since: ContinuousClock.Instant
        var reason = ""
    }

    private let state = Mutex(State())
    private let world: World
    static let silence = Duration.seconds(10)

    init(world: World) { self.world = world }

    func saw(_ update: RunUpdate) {
        switch update {
        case .began(let step, let index, let count):
            StopSwitch.doing(step.id, StepLimit.text(step.action))
            state.withLock { state in
                state.current = (step, index, count)
                state.reason = ""
                state.rows[Self.key(step)] = Row(text: StepText.text(step), since: .now)
            }
            event("[\(index + 1)/\(count)] \(step.id): \(StepText.text(step))")
        case .looks(let step, let index, let count):
            state.withLock { state in
                (state.current, state.reason) = ((step, index, count), "looking")
                state.rows[Self.key(step)] = Row(text: StepText.text(step), since: .now, reason: "looking")
            }
            draw()
        case .wasSo(let step): finish(step, "was so already")
        case .did(let step, let detail): finish(step, detail)
        case .waits(let step, let said):
            let reason = PlainText.line(said)
            state.withLock { state in
                state.reason = reason
                state.rows[Self.key(step)]?.reason = reason
            }
            tick()
        case .takesBack(let step, let index, let count):
            StopSwitch.doing("taking back \(step.id)", StepLimit.text(step.action))
            state.withLock { state in
                (state.current, state.reason) = ((step, index, count), "")
                state.rows[Self.key(step)] = Row(text: "taking back: \(StepText.text(step))", since: .now)
            }
            event("taking back \(step.id): \(StepText.text(step))")
        case .tookBack(let step, let detail): finish(step, "taken back" + (detail.map { " (\($0))" } ?? ""))
        case .failed(let step, let why): event("failed: \(step.id): \(why)", .bad)
        }
    }

    private static func key(_ step: Step) -> String { step.node ?? "cluster" }

    private func finish(_ step: Step, _ detail: String?) {
        let row = state.withLock { state in
            state.current = nil
            return state.rows.removeValue(forKey: Self.key(step))
        }
        let seconds = row.map { ContinuousClock.now - $0.since }?.components.seconds ?? 0
        let time = seconds > 0 ? " (\(seconds) s)" : ""
        guard detail != nil || seconds > 0 else { return draw() }
        event("  \(step.id): \(detail ?? "done")\(time)")
    }

    private func event(_ said: String, _ role: Style.Role? = nil) {
        let text = PlainText.line(said)
        let styled = role.map { world.messageStyle(text, $0) } ?? text
        state.withLock { state in
            state.lastLine = .now
            guard world.isTerminal else { return world.messages(styled) }
            StandardStream.write(state.board.print(styled), to: STDERR_FILENO)
        }
        draw()
    }

    /// Called now and then, so that nobody has to guess whether it still lives.
    func tick() {
        guard !world.isTerminal else { return draw() }
        let line: String? = state.withLock { state in
            guard !state.isHidden, ContinuousClock.now - state.lastLine >= Self.silence, let current = state.current
            else {
                return nil
            }
            state.lastLine = .now
            let since = state.rows[Self.key(current.step)].map { ContinuousClock.now - $0.since }
            let reason = state.reason.isEmpty ? "under way" : state.reason
            return "  \(current.step.id): \(since?.components.seconds ?? 0) s, \(reason)"
        }
        if let line { world.messages(line) }
    }

    private func draw() {
        guard world.isTerminal else { return }
        state.withLock { state in
            guard !state.isHidden else { return }
            let lines = state.rows.sorted { $0.key < $1.key }.map { node, row in
                let seconds = (ContinuousClock.now - row.since).components.seconds
                let reason = row.reason.isEmpty ? "" : ": \(row.reason)"
                return "\(node)  \(seconds) s  \(row.text)\(reason)"
            }
            StandardStream.write(
                state.board.draw(lines, width: TerminalSize.columns(of: STDERR_FILENO) - 1), to: STDERR_FILENO)
        }
    }

    /// Without the board, which would be drawn over what is asked.
    func quiet<Answer: Sendable>(_ body: () async throws -> Answer) async rethrows -> Answer {
        hide()
        defer { state.withLock { $0.isHidden = false } }
        return try await body()
    }

    private func hide() {
        state.withLock { state in
            if world.isTerminal { StandardStream.write(state.board.draw([], width: 80), to: STDERR_FILENO) }
            state.isHidden = true
        }
    }

    /// Shows for as long as `body` runs.
    func during<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        StopSwitch.begin()
        defer {
            StopSwitch.end()
            hide()
        }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(1))
                    self.tick()
                }
                return nil
            }
            defer { group.cancelAll() }
            while let next = try await group.next() { if let next { return next } }
            throw CancellationError()
        }
    }
}
