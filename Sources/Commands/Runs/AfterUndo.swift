import Actions
import Plans
import RunEngine

/// Whether the cluster is well again after an upgrade was taken back: what the upgrade would have proven of its new systems
/// is asked of the old ones, but for their versions.
enum AfterUndo {
    /// Seconds.
    static let limit = 120

    /// What must hold, by what the plan asks of the nodes that were taken back; empty where no system was. Pure.
    static func gates(_ state: RunState, without: Set<String> = []) -> [Gate] {
        let back = Set(
            zip(state.steps, state.states).filter { $0.0.action.activation != nil && $0.1 == .undone }
                .compactMap(\.0.node)
        ).subtracting(without)
        var servers: Set<String> = []
        var objects: Set<String> = []
        for step in state.steps {
            guard case .waitFor(let list) = step.action, let node = step.node, back.contains(node) else { continue }
            for gate in list.gates {
                switch gate {
                case .apiServerReady: servers.insert(node)
                case .nodeReady: objects.insert(node)
                default: continue
                }
            }
        }
        return (servers.isEmpty ? [] : [.apiServersServe(nodes: servers.sorted())])
            + (objects.isEmpty ? [] : [.nodesReport(nodes: objects.sorted())])
    }

    /// Says what is not well yet. Throws ``VerbResult`` `partial` then.
    static func check(_ state: RunState, without: Set<String>, _ gates: Gates, _ world: World) async throws {
        let wanted = Self.gates(state, without: without)
        guard !wanted.isEmpty else { return }
        let missing = try await gates.settle(wanted, limit: limit)
        guard !missing.isEmpty else { return }
        for line in missing { world.output("not well after \(limit / 60) min: \(line)\n") }
        world.output("Next: kupgrade doctor\n")
        throw VerbResult(status: .partial)
    }
}
