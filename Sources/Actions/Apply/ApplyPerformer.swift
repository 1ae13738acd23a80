public import NodeAccess
public import Plans
import RunEngine
import UpgradePlanning

/// Performs the steps of an upgrade.
public struct ApplyPerformer: Sendable {
    /// What the commands lend it.
    public struct Means: Sendable {
        public var nix: NixWork
        /// Logs in to a node anew.
        public var freshLogin: @Sendable (String) async throws -> String
        /// Makes an archive, proves it and pins it to the run; returns its name. Throws where it is not proven.
        public var backUp: @Sendable (BackupTarget) async throws -> String
        /// Asks the user's programs at a point.
        public var hook: @Sendable (RunHook) async -> RunHook.Answer
        /// Pods that are deleted whatever their budgets say, as `namespace/name`.
        public var deletedPods: Set<String>

        public init(
            nix: NixWork, freshLogin: @escaping @Sendable (String) async throws -> String,
            backUp: @escaping @Sendable (BackupTarget) async throws -> String,
            hook: @escaping @Sendable (RunHook) async -> RunHook.Answer, deletedPods: Set<String>
        ) {
            self.nix = nix
            self.freshLogin = freshLogin
            self.backUp = backUp
            self.hook = hook
            self.deletedPods = deletedPods
        }
    }

    let plan: Plan
    let run: String
    let access: ClusterAccess
    let sessions: [String: any NodeSession]
    let means: Means
    let isStopping: @Sendable () -> Bool
    let systems: Systems
    let sentinel: Guard
    let cordons: Cordon
    let gates: UpgradeGates
    let hooks: HookLine

    public init(
        plan: Plan, run: String, access: ClusterAccess, sessions: [String: any NodeSession], means: Means,
        isStopping: @escaping @Sendable () -> Bool
    ) {
        self.plan = plan
        self.run = run
        self.access = access
        self.sessions = sessions
        self.means = means
        self.isStopping = isStopping
        systems = Systems(run: run, sessions: sessions, nix: means.nix)
        sentinel = Guard(run: run, sessions: sessions, access: access)
        hooks = HookLine(plan: plan, run: run, ask: means.hook, isStopping: isStopping)
        cordons = Cordon(access: access, run: run)
        gates = UpgradeGates(
            systems: systems, sentinel: sentinel, canary: Canary(access: access, sessions: sessions),
            freshLogin: means.freshLogin)
    }

    private func node(_ step: Step) throws -> String {
        guard let node = step.node else { throw RunError(.cannotRead, "\(step.id) names no node") }
        return node
    }

    private func units(_ step: Step) throws -> HostScript {
        let node = try node(step)
        guard let session = sessions[node] else { throw RunError(.cannotRead, "\(node) cannot be reached") }
        return HostScript(session, UnitScript.text)
    }

    /// The Node object's name: NixOS's kubelet registers by the host's full name where it has a domain. Never guessed: under
    /// a wrong name a node has no pods.
    private func object(_ step: Step) async throws -> String {
        let node = try node(step)
        let objects = try await access.ask { try await $0.nodes() }.map(\.name)
        guard let name = objects.first(where: { UpgradeJudgement.isNamed($0, node) }) else {
            throw RunError(.cannotRead, "the cluster has no node \(node)")
        }
        return name
    }

    func survey(_ step: Step) async throws -> RunMachine.Survey {
        func answer(_ isSo: Bool) -> RunMachine.Survey { isSo ? .asPlanned : .open(prior: nil) }
        switch step.action {
        case .build(let target): return answer(await means.nix.isValid(try Systems.path(target)))
        case .copy(let target): return answer(try await systems.isKept(try node(step), target))
        case .stopTimers(let list), .park(let list):
            return answer(try await units(step).run(["parked"] + list.units).first == "yes")
        case .startTimers(let list), .unpark(let list):
            return answer(try await units(step).run(["unparked"] + list.units).first == "yes")
        case .cordon: return answer(try await cordons.isCordoned(try await object(step)))
        case .uncordon: return answer(try await cordons.isLifted(try await object(step)))
        case .drain: return answer(try await Drain.pods(access, on: try await object(step)).isEmpty)
        case .moveLeader(let target): return answer(try await leads(target))
        case .armGuard:
            let before = try await systems.before(try node(step))
            if let why = foreign(before.active, step) { return .refused(why) }
            return try await sentinel.isArmed(try node(step)) ? .asPlanned : .open(prior: before.text)
        case .activate(let activation): return try await surveyActivation(step, activation)
        case .commit(let target):
            let before = try await systems.before(try node(step))
            return .open(prior: before.standard == target.toplevel ? nil : before.text)
        case .reboot(let activation):
            let before = try await systems.before(try node(step))
            if let why = foreign(before.active, step) { return .refused(why) }
            let booted = try await systems.booted(try node(step)).system
            let isSo = booted == activation.target.toplevel && before.active == booted
            return isSo ? .asPlanned : .open(prior: before.text)
        case .prove, .backUp, .pauseGitOps, .resumeGitOps, .disarmGuard: return .open(prior: nil)
        case .lock, .unlock, .waitFor, .restore: return .refused("not a step of an upgrade")
        }
    }

    /// Done where it is active and its activation has said how it ended; one that was cut off is done again.
    private func surveyActivation(_ step: Step, _ activation: Activation) async throws -> RunMachine.Survey {
        let before = try await systems.before(try node(step))
        if let why = foreign(before.active, step) { return .refused(why) }
        let standing = try await systems.standing(try node(step), Systems.id(step))
        if before.active == activation.target.toplevel, case .ended(let code) = standing, [0, 2, 4].contains(code) {
            return .asPlanned
        }
        return .open(prior: before.text)
    }

    /// With the user's programs before and after it.
    func perform(
        _ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        let points = HookPoints(step, in: plan)
        try await hooks.pass(points.before, step, report)
        let detail = try await act(step, prior: prior, report: report)
        try await hooks.pass(points.after, step, report)
        return detail
    }

    private func act(
        _ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        switch step.action {
        case .build(let target):
            report("nix build of \(target.source) for \(try node(step))")
            try await means.nix.build(target, host: try node(step))
        case .copy(let target): try await systems.copy(try node(step), target)
        case .prove(let target):
            try await systems.check(try node(step), target, isNext: isNextWithoutBoot(target, try node(step)))
        case .stopTimers(let list), .park(let list):
            try await units(step).run(["park"] + list.units, limit: .seconds(120))
        case .startTimers(let list), .unpark(let list): try await units(step).run(["unpark"] + list.units)
        case .pauseGitOps: try await hooks.pass([.pauseGitOps], step, report)
        case .resumeGitOps: try await hooks.pass([.resumeGitOps], step, report)
        case .backUp(let target): return try await means.backUp(target)
        case .cordon: try await cordons.cordon(try await object(step))
        case .uncordon: try await cordons.uncordon(try await object(step))
        case .drain(let limit):
            return try await Drain(
                access: access, node: try await object(step), limitSeconds: limit.seconds, deleted: means.deletedPods,
                report: report, isStopping: isStopping
            ).run()
        case .moveLeader(let target): try await moveLeader(target, report)
        case .armGuard(let target):
            return try await sentinel.arm(
                try node(step), target, mustWatch: mustWatch(step), Systems.before(prior))
        case .activate(let activation):
            try await keepArmed(step, prior, report)
            try await letServe(step)
            return try await systems.activate(
                try node(step), Systems.id(step), activation, isBack: plan.kind != .upgrade, report)
        case .reboot(let activation):
            try await keepArmed(step, prior, report)
            try await letServe(step)
            return try await systems.reboot(
                try node(step), Systems.id(step), activation, Systems.before(prior), report)
        case .disarmGuard: try await sentinel.disarm(try node(step))
        case .commit(let target):
            try await systems.makeDefault(try node(step), target)
            try await sentinel.forget(try node(step))
        case .lock, .unlock, .waitFor, .restore: break
        }
        return nil
    }

    /// Whatever its answer is.
    func tell(_ point: RunHook.Point, _ step: Step, _ reason: String) async {
        var hook = RunHook(point, run: run, cluster: plan.cluster)
        hook.node = step.node
        hook.step = step.id
        hook.reason = reason
        _ = await means.hook(hook)
    }

    /// For steps that are performed elsewhere.
    func passHooks(before step: Step, _ report: @Sendable (String) -> Void) async throws {
        try await hooks.pass(HookPoints(step, in: plan).before, step, report)
    }

    func passHooks(after step: Step, _ report: @Sendable (String) -> Void) async throws {
        try await hooks.pass(HookPoints(step, in: plan).after, step, report)
    }

    /// What hooks began before the first step of a node, or of the run, they end after its undo.
    func undo(
        _ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        let said = try await takeBack(step, prior: prior, report: report)
        if HookPoints(step, in: plan).before.contains(.preNode) { await tell(.postNode, step, "taken back") }
        return said
    }

    private func takeBack(
        _ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        switch step.action {
        case .copy: try await systems.release(try node(step))
        case .stopTimers(let list), .park(let list): try await units(step).run(["unpark"] + list.units)
        case .pauseGitOps: try await hooks.pass([.resumeGitOps], step, report)
        case .cordon:
            try? await gates.canary.clear(try node(step))
            try await cordons.uncordon(try await object(step))
        case .armGuard: try await sentinel.forget(try node(step))
        case .commit:
            if let prior { try await systems.unmakeDefault(try node(step), Systems.before(prior)) }
        case .activate, .reboot: return try await goBack(step, prior, report)
        default: break
        }
        return nil
    }

    /// Throws where the new apiserver has served: an old one must never read what it wrote.
    private func goBack(_ step: Step, _ prior: String?, _ report: @Sendable (String) -> Void) async throws -> String {
        let node = try node(step)
        let isStopped = Self.writesFirst(step) ? try await access.last().facts.hasAPIServer(node) : false
        if isStopped { try await stopUnlessItServed(step) }
        try await sentinel.forget(node)
        let before = try Systems.before(prior)
        let said: String
        if case .reboot = step.action {
            said = try await systems.rebootBack(node, before, report)
        } else {
            said = try await systems.reactivate(node, Systems.id(step), before, report)
        }
        if isStopped {
            // Also where it did not run when it was stopped: an activation that is cut off has stopped it already.
            try await units(step).run(["unpark", Component.apiServer.unit])
            try await units(step).run(["start", Component.apiServer.unit])
        }
        return said
    }

    /// It could become ready while it is asked: it is stopped first.
    private func stopUnlessItServed(_ step: Step) async throws {
        let node = try node(step)
        guard let session = sessions[node] else { throw RunError(.cannotRead, "\(node) cannot be reached") }
        guard try await Self.hasServed(session) else { return }
        throw RunError(
            .cannotWrite,
            "the new apiserver on \(node) was ready: the old one must not start over what it wrote; resume goes on")
    }

    /// Stops the apiserver there, and keeps it stopped where it has not served; else it runs again.
    static func hasServed(_ session: any NodeSession) async throws -> Bool {
        let units = HostScript(session, UnitScript.text)
        try await units.run(["park", Component.apiServer.unit], limit: .seconds(120))
        guard try await HostScript(session, GuardScript.text).run(["served"]).first == "yes" else { return false }
        try await units.run(["unpark", Component.apiServer.unit])
        try await units.run(["start", Component.apiServer.unit])
        return true
    }

    /// From this activation on something writes what the old system must not read.
    static func writesFirst(_ step: Step) -> Bool {
        switch step.action {
        case .activate(let activation), .reboot(let activation): activation.bootDefault == .before
        default: false
        }
    }
}

extension ApplyPerformer {
    private func stage(_ step: Step) -> Stage? { plan.stages.first { $0.steps.contains { $0.id == step.id } } }

    private func mustWatch(_ step: Step) -> Bool { stage(step)?.steps.contains(where: Self.writesFirst) ?? false }

    /// An undo that was refused, or ended before it began, may have left the apiserver stopped.
    private func letServe(_ step: Step) async throws {
        guard Self.writesFirst(step), try await access.last().facts.hasAPIServer(node(step)) else { return }
        try await units(step).run(["unpark", Component.apiServer.unit])
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
    private func foreign(_ active: String, _ step: Step) -> String? {
        guard plan.kind == .upgrade, let node = step.node else { return nil }
        let key = "node/\(node)/current="
        var known = Set(plan.fingerprint.filter { $0.hasPrefix(key) }.map { String($0.dropFirst(key.count)) })
        // `NUMBER PATH`: what it boots after a power cut.
        for line in plan.fingerprint where line.hasPrefix("node/\(node)/profile=") {
            if let path = line.split(separator: " ").last { known.insert(String(path)) }
        }
        for other in plan.steps where other.node == node {
            switch other.action {
            case .activate(let activation), .reboot(let activation):
                if let path = activation.target.toplevel { known.insert(path) }
            default: continue
            }
        }
        guard !known.contains(active) else { return nil }
        return "somebody activated \(active) on \(node) since: undo, and plan again"
    }

    /// It is the first system that its host gets, and no boot leads there.
    private func isNextWithoutBoot(_ target: SystemTarget, _ node: String) -> Bool {
        let first = plan.steps.first { step in
            guard step.node == node else { return false }
            switch step.action {
            case .activate, .reboot: return true
            default: return false
            }
        }
        if case .activate(let activation) = first?.action { return activation.target == target }
        return false
    }
}
