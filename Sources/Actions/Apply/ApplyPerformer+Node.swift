import Plans
import RunEngine
import UpgradePlanning

extension ApplyPerformer {
    /// What must hold at the moment when a node is changed, however long ago it was seen to.
    /// Returns what had to be done again.
    func prepare(
        _ step: Step, _ prior: String?, _ report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        try await keepArmed(step, prior, report)
        try await letServe(step)
        let again = try await keepEmpty(step, report)
        try await keepQuorum(step, report)
        // That may have taken longer than the guard's time.
        try await keepArmed(step, prior, report)
        try await services.note(try node(step), Systems.id(step))
        return again
    }

    func activate(
        _ step: Step, _ activation: Activation, _ report: @escaping @Sendable (String) -> Void
    ) async throws -> String {
        let node = try node(step)
        let work: @Sendable () async throws -> String = { [systems, isBack = plan.kind != .upgrade] in
            try await systems.activate(node, Systems.id(step), activation, isBack: isBack, report)
        }
        let servers = try await access.last().facts.apiServers.map(\.node.text)
        guard servers == [node] else { return try await work() }
        return try await APIAbsence(access: access).measured(work)
    }

    /// What would let the node take pods again is there before the node takes none.
    func cordon(_ step: Step, _ report: @Sendable (String) -> Void) async throws {
        try await keepOthersReady(step, report)
        let node = try node(step)
        let object = try await object(step)
        var facts = try await access.last().facts
        if facts.host(node) == nil { facts = try await access.looked().facts }
        let kubelet = facts.host(node)?.unit(Component.kubelet.unit)?.commandLine
        try await cordonWatch.arm(
            node, object: object, kubeconfig: kubelet?.value(of: "--kubeconfig"), activation: activation(after: step))
        try await cordons.cordon(object)
    }

    func drain(
        _ step: Step, _ limit: TimeLimit, _ report: @escaping @Sendable (String) -> Void
    ) async throws -> String {
        let again = try await cordonedAgain(step, report)
        let object = try await object(step)
        do {
            let moved = try await longWait(step).during { waiting in
                try await Drain(
                    access: access, node: object, limitSeconds: limit.seconds, deleted: deletedPods,
                    policy: plan.kind == .upgrade ? DrainPolicy(plan.goal.nodes.compactMap(\.drain)) : nil,
                    report: { why in
                        waiting(why)
                        report(why)
                    }, isStopping: isStopping
                ).run()
            }
            return [again, moved].compactMap(\.self).joined(separator: "; ")
        } catch  where means.isAlone && hasCordon(step) && !(error is Abandoned) && !(error is CancellationError) {
            // Nobody is there to decide: the node is of use until somebody is. One that is half changed is not.
            if let activation = activation(after: step), try await services.isNoted(try node(step), activation) {
                throw error
            }
            try await cordons.uncordon(object)
            try await cordonWatch.forget(try node(step))
            throw RunError(
                (error as? RunError)?.code ?? .cannotRead,
                "\(error); nobody is here to choose, so the node takes pods again until then")
        }
    }

    /// Empties the node once more where pods came: it took some again, or somebody else's cordon came after them.
    private func keepEmpty(
        _ step: Step, _ report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        let node = try node(step)
        let limits = stage(step)?.steps.compactMap { other -> TimeLimit? in
            if case .drain(let limit) = other.action { limit } else { nil }
        }
        guard let limit = limits?.first else { return nil }
        // One that was begun and cut off has perhaps taken the only apiserver with it; nothing can be moved then.
        if try await services.isNoted(node, Systems.id(step)), try await access.looked().ways.apiServer == nil {
            return nil
        }
        var again: String?
        for _ in 0..<3 {
            let said = try await cordonedAgain(step, report)
            again = again ?? said
            let pods = try await Drain.movable(access, on: try await object(step))
            if said == nil, pods.isEmpty {
                // From here on nothing lets pods come by itself, and it was still so.
                try await cordonWatch.disarm(node)
                guard hasCordon(step), try await !cordons.isCordoned(try await object(step)) else { return again }
                continue
            }
            again = again ?? "\(pods.count) pods came after the drain, which was done again"
            _ = try await drain(step, limit, report)
        }
        throw RunError(.cannotWrite, "\(node) takes pods again and again: somebody uncordons it")
    }

    func hasCordon(_ step: Step) -> Bool { stage(step)?.steps.contains { $0.action == .cordon } ?? false }

    /// Where the run cordoned it and it takes pods again: by itself after a long silence, or because somebody uncordoned it.
    private func cordonedAgain(_ step: Step, _ report: @Sendable (String) -> Void) async throws -> String? {
        guard let cordon = stage(step)?.steps.first(where: { $0.action == .cordon }),
            try await !cordons.isCordoned(try await object(step))
        else { return nil }
        let node = try node(step)
        let why = try await cordonWatch.lapsed(node).map { "by itself at \($0), since nobody drove the run" }
        let said = "\(node) took pods again, \(why ?? "since somebody uncordoned it"): it is cordoned and drained again"
        report(said)
        try await self.cordon(cordon, report)
        return said
    }

    private func activation(after step: Step) -> String? {
        stage(step)?.steps.first { $0.action.activation != nil }.map(Systems.id)
    }

    private func stage(_ step: Step) -> Stage? { plan.stage(of: step) }

    func mustWatch(_ step: Step) -> Bool { stage(step)?.steps.contains(where: Self.writesFirst) ?? false }

    /// An undo that was refused, or ended before it began, may have left the apiserver stopped.
    func letServe(_ step: Step) async throws {
        guard Self.writesFirst(step) else { return }
        try await units(step).run(["unpark", Component.apiServer.unit, Component.etcd.unit])
    }

    /// The guard's time may be over: a hook said later for long, or the run was cut off in between.
    private func keepArmed(_ step: Step, _ prior: String?, _ report: @Sendable (String) -> Void) async throws {
        let node = try node(step)
        let target = stage(step)?.steps.lazy.compactMap { other -> GuardTarget? in
            if case .armGuard(let target) = other.action { target } else { nil }
        }.first
        guard let target, try await !sentinel.isArmed(node) else { return }
        report("the guard is armed again")
        _ = try await sentinel.arm(node, target, mustWatch: mustWatch(step), Systems.before(prior))
    }

    /// Somebody activated another system since the plan was made: the planned one may be older.
    func foreign(_ active: String, _ step: Step) -> String? {
        guard plan.kind == .upgrade, let node = step.node else { return nil }
        let key = "node/\(node)/current="
        var known = Set(plan.fingerprint.filter { $0.hasPrefix(key) }.map { String($0.dropFirst(key.count)) })
        // `NUMBER PATH`: what it boots after a power cut.
        for line in plan.fingerprint where line.hasPrefix("node/\(node)/profile=") {
            if let path = line.split(separator: " ").last { known.insert(String(path)) }
        }
        for other in plan.steps where other.node == node {
            if let path = other.action.activation?.target.toplevel { known.insert(path) }
        }
        guard !known.contains(active) else { return nil }
        return "somebody activated \(active) on \(node) since: undo, and plan again"
    }

    /// It is the first system that its host gets, and no boot leads there.
    func isNextWithoutBoot(_ target: SystemTarget, _ node: String) -> Bool {
        let first = plan.steps.first { $0.node == node && $0.action.activation != nil }
        if case .activate(let activation) = first?.action { return activation.target == target }
        return false
    }
}

extension ClusterFacts {
    fileprivate func host(_ node: String) -> HostFacts? { nodes.first { $0.name.text == node }?.host.value }
}
