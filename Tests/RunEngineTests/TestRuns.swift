import Plans
import RunEngine
import Synchronization

/// Plans of small steps, where each sets one cell of a ``TestWorld``.
enum TestPlans {
    static func step(_ id: String, node: String? = nil, undo: Undo = .putBack(what: "the cell")) -> Step {
        Step(id: id, node: node, action: .cordon, impact: .none, undo: undo, wayBack: .free)
    }

    static func plan(_ steps: [Step]) -> Plan {
        Plan(
            kind: .restore, cluster: "home", madeAt: "2026-11-24T00:00:00Z",
            goal: Goal(changes: [], hops: [], later: []),
            fingerprint: [], stages: [Stage(id: "all", kind: .restore, title: "all", steps: steps)], findings: [],
            next: "")
    }
}

/// Cells by step id, what was done to them, and a process that can be made to die before or after any act.
final class TestWorld: StepPerformer {
    struct Died: Error {}

    struct State {
        /// What a cell holds; `nil` before anything was there.
        var cells: [String: String] = [:]
        var performed: [String] = []
        var undone: [String] = []
        var concluded: [String] = []
        var failing: Set<String> = []
        /// Acts until the process dies; `nil`: never.
        var actsLeft: Int?
        var abandoned: Set<String> = []
    }

    let state: Mutex<State>

    init(_ cells: [String: String] = [:]) { state = Mutex(State(cells: cells)) }

    static let planned = "planned"

    func survey(_ step: Step) async throws -> RunMachine.Survey {
        state.withLock { $0.cells[step.id] == Self.planned ? .asPlanned : .open(prior: $0.cells[step.id]) }
    }

    func perform(_ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void) async throws -> String? {
        try state.withLock { state in
            if state.abandoned.contains(step.id) { throw Abandoned() }
            if state.failing.contains(step.id) { throw RunError(.cannotWrite, "it fails") }
            state.cells[step.id] = Self.planned
            state.performed.append(step.id)
            return nil
        }
    }

    func conclude(_ step: Step, report: @escaping @Sendable (String) -> Void) async throws -> String? {
        try state.withLock { state in
            if state.failing.contains(step.id) { throw RunError(.cannotWrite, "it fails") }
            state.concluded.append(step.id)
            return "concluded"
        }
    }

    func undo(_ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void) async throws -> String? {
        try state.withLock { state in
            if state.failing.contains(step.id) { throw RunError(.cannotWrite, "it fails") }
            state.cells[step.id] = prior
            state.undone.append(step.id)
            return nil
        }
    }
}

/// A machine driven by hand: no files, a journal of events only.
struct TestRun {
    var journal: [RunEvent] = []
    let plan: Plan
    let world: TestWorld

    init(_ plan: Plan, _ world: TestWorld) {
        self.plan = plan
        self.world = world
    }

    /// Goes on until the end, or until so many commands were carried out and the process died before the next one.
    mutating func go(commands limit: Int = .max, tornAct: Bool = false) async throws -> RunMachine.Ending? {
        var machine = RunMachine(RunState(plan, events: journal))
        var queue = machine.take(.begin)
        var count = 0
        while !queue.isEmpty {
            let command = queue.removeFirst()
            if case .finish(let ending) = command { return ending }
            guard count < limit else {
                // Dying in the middle of an act: it was done, and nobody wrote that down.
                if tornAct, case .perform(let step, let prior) = command {
                    _ = try? await world.perform(step, prior: prior) { _ in }
                }
                if tornAct, case .undo(let step, let prior) = command {
                    _ = try? await world.undo(step, prior: prior) { _ in }
                }
                return nil
            }
            count += 1
            if let input = await carryOut(command) { queue = machine.take(input) }
        }
        return nil
    }

    private mutating func carryOut(_ command: RunMachine.Command) async -> RunMachine.Input? {
        switch command {
        case .finish: nil
        case .journal(let event, _):
            {
                journal.append(event); return nil
            }()
        case .survey(let step): (try? await world.survey(step)).map { .surveyed($0) } ?? .failed("?")
        case .perform(let step, let prior): await result { try await world.perform(step, prior: prior) { _ in } }
        case .conclude(let step): await result { try await world.conclude(step) { _ in } }
        case .undo(let step, let prior): await result { try await world.undo(step, prior: prior) { _ in } }
        }
    }

    private func result(_ body: () async throws -> String?) async -> RunMachine.Input {
        do { return .performed(detail: try await body()) } catch is Abandoned { return .abandoned } catch {
            return .failed("\(error)")
        }
    }
}
