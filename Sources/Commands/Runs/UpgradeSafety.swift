import Plans
import RunEngine

/// What is so while an upgrade stands, and whether it can stay so: pure.
enum UpgradeSafety {
    /// How far one node is.
    private struct Node {
        var isCordoned = false
        var isGuarded = false
        var activated: Activation?
        var isCommitted = false
        var parked: [String] = []
    }

    static func sentences(_ state: RunState) -> [String] {
        var nodes: [String: Node] = [:]
        for (step, stepState) in zip(state.steps, state.states) {
            guard let name = step.node, isBegun(stepState) else { continue }
            change(&nodes[name, default: Node()], by: step.action)
        }
        let lines = nodes.sorted { $0.key < $1.key }.flatMap { sentences($0.key, $0.value) }
        return lines.isEmpty ? ["nothing of the cluster was touched"] : lines
    }

    private static func isBegun(_ state: RunState.StepState) -> Bool {
        switch state {
        case .pending, .undone: false
        case .begun, .failed, .done, .takingBack: true
        }
    }

    private static func change(_ node: inout Node, by action: Action) {
        switch action {
        case .cordon: node.isCordoned = true
        case .uncordon: node.isCordoned = false
        case .activate(let activation), .reboot(let activation):
            node.activated = activation
            node.isCommitted = false
        case .commit: node.isCommitted = true
        case .armGuard: node.isGuarded = true
        case .disarmGuard: node.isGuarded = false
        case .park(let list), .stopTimers(let list): node.parked += list.units
        case .unpark(let list), .startTimers(let list): node.parked.removeAll { list.units.contains($0) }
        default: break
        }
    }

    private static func sentences(_ name: String, _ node: Node) -> [String] {
        var lines: [String] = []
        if node.isCordoned { lines.append("\(name) is cordoned; what ran there runs elsewhere") }
        if let activation = node.activated {
            let version = activation.target.kubernetes
            if node.isCommitted {
                lines.append("\(name) has Kubernetes \(version)")
            } else if activation.bootDefault == .before {
                lines.append("\(name): Kubernetes \(version) was activated and is what it boots; not proven yet")
            } else {
                lines.append("\(name): Kubernetes \(version) was activated; a power cut brings the old system back")
            }
        }
        if node.isGuarded {
            lines.append(
                "\(name): its guard is armed: once its time is over and nobody drives the run, it brings the old system back "
                    + "where the node has lost its network")
        }
        if !node.parked.isEmpty { lines.append("\(name): \(node.parked.joined(separator: ", ")) stopped for the run") }
        return lines
    }
}
