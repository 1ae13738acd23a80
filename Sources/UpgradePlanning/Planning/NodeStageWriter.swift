import Plans

/// Writes the steps of one node within one hop.
struct NodeStageWriter {
    private static let controllers = [Component.controllerManager.unit, Component.scheduler.unit]

    private let draft: PlanDraft
    private let move: Move
    /// Before this node is moved.
    private let wayBack: WayBack
    private let target: SystemTarget

    init(_ draft: PlanDraft, move: Move, wayBack: WayBack) {
        self.draft = draft
        self.move = move
        self.wayBack = wayBack
        target = SystemSource(move.hop.leg, draft.channel).target(move.offer)
    }

    func stage(isCanary: Bool) -> Stage {
        let isMaster = draft.topology.isControlPlane(move.node)
        let title = "\(move.node)" + (isCanary ? ", the first worker" : "")
        return Stage(
            id: "\(move.hop.id)/\(move.node)", kind: isMaster ? .controlPlane : .worker, title: title,
            hop: move.hop.id, node: move.node.text, steps: before() + activation() + after())
    }

    /// Makes room on the node, and makes sure that nothing is left to it alone.
    private func before() -> [Step] {
        var steps: [Step] = []
        if needsDrain {
            if !isForeignCordoned {
                steps.append(step("cordon", .cordon, .putBack(what: "whether it takes pods"), wayBack))
            }
            // Evicted pods were made anew elsewhere, and stay there.
            let limit = TimeLimit(seconds: draft.policy.drainSeconds)
            steps.append(step("drain", .drain(limit), .nothing, wayBack, .drain))
        }
        if let leader = move.newLeader {
            steps.append(step("move-leader", .moveLeader(leader), .nothing, wayBack))
        }
        if move.parksControllers {
            let undo = Undo.putBack(what: Self.controllers.joined(separator: ", "))
            steps.append(step("park", .park(UnitList(Self.controllers)), undo, wayBack))
        }
        return steps
    }

    /// Arms the guard, changes the system, and proves over a fresh connection that the node can be reached.
    private func activation() -> [Step] {
        let isReboot = move.impact == .reboot
        let activation = Activation(target: target, bootDefault: move.losesWayBack ? .before : .atCommit)
        let limits = GuardTarget(
            lifetime: isReboot ? .persistent : .transient, seconds: draft.policy.guardSeconds)
        let prove = GateList([.freshConnection, .systemActive], times: 1, limitSeconds: draft.policy.gateSeconds)
        return [
            step("guard", .armGuard(limits), .putBack(what: "the guard"), wayBack),
            step(
                isReboot ? "reboot" : "activate", isReboot ? .reboot(activation) : .activate(activation), .reactivate,
                move.wayBack, move.impact),
            step("prove", .waitFor(prove), .nothing, move.wayBack),
        ]
    }

    private func after() -> [Step] {
        let gates = GateList(
            healthGates(), limitSeconds: draft.policy.gateSeconds, secondsApart: draft.policy.gateSecondsApart)
        var steps = [
            step("gates", .waitFor(gates), .nothing, move.wayBack),
            step("disarm", .disarmGuard, .nothing, move.wayBack),
            step("commit", .commit(target), .putBack(what: "the profile and the boot default"), move.wayBack),
        ]
        if needsDrain {
            if !isForeignCordoned { steps.append(step("uncordon", .uncordon, .nothing, move.wayBack)) }
            let settled = GateList(
                settledGates(), limitSeconds: draft.policy.gateSeconds, secondsApart: draft.policy.gateSecondsApart)
            steps.append(step("settle", .waitFor(settled), .nothing, move.wayBack))
        }
        return steps + move.unparks.map(unpark)
    }

    private func unpark(_ node: NodeName) -> Step {
        Step(
            id: "\(move.hop.id)/\(node)/unpark", node: node.text, action: .unpark(UnitList(Self.controllers)),
            impact: .restarts(units: Self.controllers), undo: .nothing, wayBack: move.wayBack)
    }

    private func healthGates() -> [Gate] {
        let components = move.before.components
        var gates: [Gate] = [.freshConnection, .systemActive]
        if components.contains(.etcd) { gates.append(.etcdHealthy(voters: draft.topology.etcd.voters.count)) }
        if components.contains(.apiServer) { gates.append(.apiServerReady(version: target.kubernetes)) }
        if components.contains(where: \.isController) { gates.append(.controllersLead) }
        return gates + settledGates()
    }

    private func settledGates() -> [Gate] {
        hasNodeObject ? [.nodeReady(kubelet: target.kubernetes), .podNetwork] : []
    }

    private var hasNodeObject: Bool { draft.topology.objects[move.node] != nil }

    private var needsDrain: Bool { move.impact.needsDrain && hasNodeObject }

    /// Somebody else's cordon stays theirs: it is neither set again nor lifted.
    private var isForeignCordoned: Bool {
        draft.topology.objects[move.node].map { $0.isUnschedulable && $0.cordonedByRun == nil } ?? false
    }

    private func step(
        _ verb: String, _ action: Action, _ undo: Undo, _ wayBack: WayBack, _ impact: Impact = .none
    ) -> Step {
        Step(
            id: "\(move.hop.id)/\(move.node)/\(verb)", node: move.node.text, action: action, impact: impact,
            undo: undo, wayBack: wayBack)
    }
}
