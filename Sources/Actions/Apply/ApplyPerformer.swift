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
        /// Nobody is there to decide: a drain that cannot end is given up.
        public var isAlone: Bool
        /// Pods that are deleted whatever their budgets say, as `namespace/name`.
        public var deletedPods: Set<String>

        public init(
            nix: NixWork, freshLogin: @escaping @Sendable (String) async throws -> String,
            backUp: @escaping @Sendable (BackupTarget) async throws -> String,
            hook: @escaping @Sendable (RunHook) async -> RunHook.Answer, deletedPods: Set<String>, isAlone: Bool
        ) {
            self.nix = nix
            self.freshLogin = freshLogin
            self.backUp = backUp
            self.hook = hook
            self.deletedPods = deletedPods
            self.isAlone = isAlone
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
    let cordonWatch: CordonWatch
    let services: HostServices
    let gates: UpgradeGates
    let hooks: HookLine
    let deletedPods: DeletedPods
    /// Nodes that are gone.
    let without: Set<String>
    /// Nodes that cannot go back by themselves are left as they are.
    public var isGivenUp = false

    public init(
        plan: Plan, run: String, access: ClusterAccess, sessions: [String: any NodeSession], means: Means,
        without: Set<String> = [], isStopping: @escaping @Sendable () -> Bool
    ) {
        self.without = without
        self.plan = plan
        self.run = run
        self.access = access
        self.sessions = sessions
        self.means = means
        self.isStopping = isStopping
        systems = Systems(run: run, sessions: sessions, nix: means.nix)
        sentinel = Guard(run: run, sessions: sessions, access: access)
        hooks = HookLine(plan: plan, run: run, ask: means.hook, isStopping: isStopping)
        deletedPods = DeletedPods(means.deletedPods)
        cordons = Cordon(access: access, run: run)
        cordonWatch = CordonWatch(run: run, sessions: sessions)
        services = HostServices(run: run, sessions: sessions)
        gates = UpgradeGates(
            systems: systems, access: access, sentinel: sentinel, services: services,
            canary: Canary(access: access, sessions: sessions),
            isOwn: { sessions[$0]?.address == NodeEndpoint.localAddress }, freshLogin: means.freshLogin)
    }

    func node(_ step: Step) throws -> String {
        guard let node = step.node else { throw RunError(.cannotRead, "\(step.id) names no node") }
        return node
    }

    func units(_ step: Step) throws -> HostScript {
        let node = try node(step)
        guard let session = sessions[node] else { throw RunError(.cannotRead, "\(node) cannot be reached") }
        return HostScript(session, UnitScript.text)
    }

    /// The Node object's name: NixOS's kubelet registers by the host's full name where it has a domain. Never guessed: under
    /// a wrong name a node has no pods.
    func object(_ step: Step) async throws -> String {
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
        if before.active == activation.target.toplevel, case .ended(let code) = standing, ActivationEnd(code).isActive {
            return .asPlanned
        }
        return .open(prior: before.text)
    }

    /// With the user's programs before and after it.
    func perform(
        _ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        let points = HookPoints(step, in: plan)
        let before = try await hooks.pass(points.before, step, report)
        let detail = try await act(step, prior: prior, report: report)
        let after = try await hooks.pass(points.after, step, report)
        return Self.joined([detail].compactMap(\.self) + before + after)
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
            try await units(step).run(["park"] + list.units, limit: .seconds(150))
        case .startTimers(let list), .unpark(let list): try await units(step).run(["unpark"] + list.units)
        case .pauseGitOps: return Self.joined(try await hooks.pass([.pauseGitOps], step, report))
        case .resumeGitOps: return Self.joined(try await hooks.pass([.resumeGitOps], step, report))
        case .backUp(let target): return try await means.backUp(target)
        case .cordon: try await cordon(step, report)
        case .uncordon:
            try await cordons.uncordon(try await object(step))
            try await cordonWatch.forget(try node(step))
        case .drain(let limit): return try await drain(step, limit, report)
        case .moveLeader(let target): try await moveLeader(target, report)
        case .armGuard(let target):
            return try await sentinel.arm(
                try node(step), target, mustWatch: mustWatch(step), Systems.before(prior))
        case .activate(let activation):
            let again = try await prepare(step, prior, report)
            let said = try await activate(step, activation, report)
            return [again, said].compactMap(\.self).joined(separator: "; ")
        case .reboot(let activation):
            let again = try await prepare(step, prior, report)
            let said = try await systems.reboot(
                try node(step), Systems.id(step), activation, Systems.before(prior), report)
            return [again, said].compactMap(\.self).joined(separator: "; ")
        case .disarmGuard: try await sentinel.disarm(try node(step))
        case .commit(let target):
            try await systems.makeDefault(try node(step), target)
            try await sentinel.forget(try node(step), stage: Self.stage(of: step))
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
    func passHooks(before step: Step, _ report: @Sendable (String) -> Void) async throws -> String? {
        Self.joined(try await hooks.pass(HookPoints(step, in: plan).before, step, report))
    }

    func passHooks(after step: Step, _ report: @Sendable (String) -> Void) async throws -> String? {
        Self.joined(try await hooks.pass(HookPoints(step, in: plan).after, step, report))
    }

    private static func joined(_ details: [String]) -> String? {
        details.isEmpty ? nil : details.joined(separator: "; ")
    }

    /// Tells those who want to hear of long waits.
    func longWait(_ step: Step) -> LongWait { LongWait { await tell(.onWait, step, $0) } }

    /// What belongs after a step that was performed before it could be written down.
    func conclude(_ step: Step, _ report: @Sendable (String) -> Void) async throws -> String? {
        // An undo that was cut off before it began may have left the apiserver stopped.
        if step.action.activation != nil { try await letServe(step) }
        return try await passHooks(after: step, report)
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
            return try await lift(step)
        case .armGuard:
            try await sentinel.forget(try node(step), stage: Self.stage(of: step), keepsHolds: isGivenUp)
            if isGivenUp {
                // What an undo before stopped for a look, and what would boot once more into the old system.
                if mustWatch(step) {
                    try await units(step).run(["unpark", Component.apiServer.unit, Component.etcd.unit])
                }
                try await systems.unpin(try node(step))
            }
            try? await gates.canary.clear(try node(step))
            // Also where somebody else's cordon was there first and this run had to set its own later.
            return hasCordon(step) ? try await lift(step) : nil
        case .commit:
            if let prior { try await systems.unmakeDefault(try node(step), Systems.before(prior)) }
        case .activate, .reboot: return try await goBack(step, prior, report)
        default: break
        }
        return nil
    }

    /// How what is said of a cordon begins that could not be lifted.
    public static let staysCordoned = "it stays cordoned"

    /// A run that is given up may have left no apiserver that answers: then the cordon stays.
    private func lift(_ step: Step) async throws -> String? {
        do {
            try await cordons.uncordon(try await object(step))
        } catch let error where isGivenUp && !(error is CancellationError) {
            try await cordonWatch.forget(try node(step))
            return "\(Self.staysCordoned): \(error)"
        }
        try await cordonWatch.forget(try node(step))
        return nil
    }

    /// Throws where the new apiserver has served: an old one must never read what it wrote.
    private func goBack(_ step: Step, _ prior: String?, _ report: @Sendable (String) -> Void) async throws -> String {
        let node = try node(step)
        let stopped = Self.writesFirst(step) ? try await stopUnlessItServed(step) : nil
        try await sentinel.forget(node, stage: Self.stage(of: step))
        let before = try Systems.before(prior)
        let said: String
        if case .reboot = step.action {
            said = try await systems.rebootBack(node, before, report)
        } else {
            said = try await systems.reactivate(node, Systems.id(step), before, report)
        }
        if let stopped {
            // Also where it did not run when it was stopped: an activation that is cut off has stopped it already.
            try await units(step).run(["unpark", stopped])
            try await units(step).run(["start", stopped])
        }
        return said
    }

    /// It could begin to serve while it is asked: it is stopped first. Returns the unit.
    private func stopUnlessItServed(_ step: Step) async throws -> String {
        let node = try node(step)
        guard let session = sessions[node] else { throw RunError(.cannotRead, "\(node) cannot be reached") }
        guard let stopped = try await Self.stopped(session, run, step) else { throw served(node) }
        return stopped
    }

    private func served(_ node: String) -> RunError {
        RunError(
            .cannotWrite,
            "the new system on \(node) has served: the old one must not start over what it wrote; resume goes on")
    }

    /// Stops what writes there, the apiserver or an etcd alone, and keeps it stopped: its unit. `nil` where it has served: then
    /// nothing is touched, or what was stopped here runs again; what a guard holds stays held.
    static func stopped(_ session: any NodeSession, _ run: String, _ step: Step) async throws -> String? {
        let witness = HostScript(session, GuardScript.text)
        if try await served(session, run, step) { return nil }
        let unit = try await witness.run(["writer"]).first ?? Component.apiServer.unit
        let units = HostScript(session, UnitScript.text)
        try await units.run(["park", unit], limit: .seconds(150))
        guard try await served(session, run, step) else { return unit }
        try await units.run(["unpark", unit])
        return nil
    }

    static func served(_ session: any NodeSession, _ run: String, _ step: Step) async throws -> Bool {
        try await HostScript(session, GuardScript.text).run(["served", run, stage(of: step)]).first == "yes"
    }

    /// `1.21/grey-area` of `1.21/grey-area/reboot`.
    static func stage(of step: Step) -> String { step.id.split(separator: "/").dropLast().joined(separator: "/") }

    /// From this activation on something writes what the old system must not read.
    static func writesFirst(_ step: Step) -> Bool { step.action.activation?.bootDefault == .before }
}
