import NodeAccess
public import Plans
public import RunEngine

/// Performs every kind of step that this version knows.
public struct RunPerformer: StepPerformer {
    let restore: RestorePerformer?
    let apply: ApplyPerformer?
    let mirrors: NodeMirrors
    let gates: Gates
    let isStopping: @Sendable () -> Bool
    /// Nodes that are gone: their steps are passed over, in both directions.
    let without: Set<String>

    public init(
        restore: RestorePerformer?, apply: ApplyPerformer? = nil, mirrors: NodeMirrors, gates: Gates,
        without: Set<String> = [],
        isStopping: @escaping @Sendable () -> Bool
    ) {
        self.without = without
        self.restore = restore
        self.apply = apply
        self.mirrors = mirrors
        self.gates = gates
        self.isStopping = isStopping
    }

    public func survey(_ step: Step) async throws -> RunMachine.Survey {
        if let node = step.node, without.contains(node) { return .asPlanned }
        return try await surveyed(step)
    }

    private func surveyed(_ step: Step) async throws -> RunMachine.Survey {
        switch step.action {
        case .lock: try await mirrors.isLocked() ? .asPlanned : .open(prior: nil)
        case .unlock, .waitFor: .open(prior: nil)
        case .restore(.replaceMember(let name, let urls)):
            // That there was none is known, too: what stands there later is the new one.
            .open(prior: try await gates.members().first { $0.hasPlace(name, urls) }.map { "\($0.id)" } ?? "none")
        case .restore(let action):
            try await restore?.survey(action, step) ?? .refused("no archive is at hand")
        default:
            try await apply?.survey(step) ?? .refused("this run does not perform \(step.action.kind.rawValue)")
        }
    }

    public func perform(
        _ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        switch step.action {
        case .lock:
            try await mirrors.lock()
            return try await apply?.passHooks(after: step, report)
        case .unlock:
            let said = try await apply?.passHooks(before: step, report)
            try await mirrors.unlock()
            return said
        case .waitFor(let list):
            if let apply {
                try await apply.longWait(step).during { try await wait(list, step, report, waiting: $0) }
            } else {
                try await wait(list, step, report, waiting: { _ in })
            }
            return try await apply?.passHooks(after: step, report)
        case .restore(.replaceMember(let name, let urls)):
            return try await gates.replaceMember(name, urls, lost: prior.flatMap { UInt64($0) })
        case .restore(let action): return try await restore?.perform(action, step, prior: prior, report: report)
        default: return try await apply?.perform(step, prior: prior, report: report)
        }
    }

    public func conclude(_ step: Step, report: @escaping @Sendable (String) -> Void) async throws -> String? {
        if let node = step.node, without.contains(node) { return nil }
        return try await apply?.conclude(step, report)
    }

    public func undo(
        _ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        if let node = step.node, without.contains(node) { return "left out" }
        switch step.action {
        case .lock:
            await apply?.tell(.postRun, step, "taken back")
            try await mirrors.unlock()
        case .restore(let action): try await restore?.undo(action, step, prior: prior, report: report)
        default: return try await apply?.undo(step, prior: prior, report: report)
        }
        return nil
    }

    /// Until every gate held so often in a row. Throws with what was missing at the end.
    private func wait(
        _ list: GateList, _ step: Step, _ report: @Sendable (String) -> Void, waiting: @Sendable (String?) -> Void
    ) async throws {
        let clock = ContinuousClock()
        let began = clock.now
        var held = 0
        var missing: [String] = []
        while clock.now - began < .seconds(list.limitSeconds) {
            if isStopping() { throw Abandoned() }
            let waited = Int((clock.now - began).components.seconds)
            missing = try await self.missing(list, step, waited)
            held = missing.isEmpty ? held + 1 : 0
            if held >= list.times { return }
            waiting(missing.first)
            report(missing.first ?? "it holds; looking once more")
            try await pause(missing.isEmpty ? list.secondsApart : 1)
        }
        throw RunError(.cannotRead, "waited \(list.limitSeconds) s: \(missing.joined(separator: "; "))")
    }

    private func missing(_ list: GateList, _ step: Step, _ waited: Int) async throws -> [String] {
        do {
            if let apply, apply.plan.kind == .upgrade {
                return try await apply.missing(list, step, waited: waited)
            }
            return try await gates.missing(list.gates.map { $0.leavingOut(without) })
        } catch let error as NodeAccessError {
            return [error.message]
        }
    }

    private func pause(_ seconds: Int) async throws {
        for _ in 0..<seconds {
            if isStopping() { throw Abandoned() }
            try await Task.sleep(for: .seconds(1))
        }
    }
}

extension Gate {
    /// The same without nodes that are gone. Members are never left out: a restore without one of them is another one.
    func leavingOut(_ gone: Set<String>) -> Gate {
        switch self {
        case .nodesReport(let nodes): .nodesReport(nodes: nodes.filter { !gone.contains($0) })
        default: self
        }
    }
}
