public import Plans

/// Where a run is: its journal, added up.
public struct RunState: Hashable, Sendable {
    public enum StepState: Hashable, Sendable {
        case pending
        /// The journal says that it was begun; the world says how far it got.
        case begun(prior: String?)
        case failed(prior: String?, why: String)
        /// `isOurs` is false where it was so before.
        case done(prior: String?, isOurs: Bool)
        case takingBack(prior: String?)
        case undone
    }

    public let steps: [Step]
    /// Places of steps by their ids.
    private let places: [String: Int]
    /// The node's part of a plan that each step is of; `nil` for steps of the whole cluster.
    private let parts: [Int?]
    public private(set) var states: [StepState]
    public private(set) var isTurnedBack = false
    /// It is taken back but for nodes that cannot go back by themselves: ``standingNodes``.
    public private(set) var isGivenUp = false
    /// Steps that once saw something serve which the old system must not read.
    private var hasServed: Set<Int> = []
    public private(set) var ending: RunEnding?
    /// Why it does not go on by itself; `nil` where nothing stopped it.
    public private(set) var trouble: String?

    public init(_ plan: Plan) {
        steps = plan.steps
        parts = plan.stages.enumerated().flatMap { index, stage -> [Int?] in
            let isNode = stage.kind == .controlPlane || stage.kind == .worker
            return stage.steps.map { _ in isNode ? index : nil }
        }
        states = Array(repeating: .pending, count: steps.count)
        places = Dictionary(steps.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The state of a plan after its journal. Events of steps that the plan does not have are passed over.
    public init(_ plan: Plan, events: some Sequence<RunEvent>) {
        self.init(plan)
        for event in events { take(event) }
    }

    mutating func take(_ event: RunEvent) {
        switch event {
        case .opened: break
        case .resumed:
            trouble = nil
            lookAgainAtHolds()
            lookAgainAtShields()
        case .turnedBack:
            isTurnedBack = true
            trouble = nil
        case .givenUp:
            isTurnedBack = true
            isGivenUp = true
            trouble = nil
        case .turnedForward:
            isTurnedBack = false
            isGivenUp = false
            trouble = nil
        case .stopped(let why): trouble = why
        case .closed(let ending): self.ending = ending
        case .intent, .done, .failed, .undoIntent, .undone, .undoFailed:
            if let index = event.step.flatMap({ places[$0] }) { change(index, by: event) }
        }
    }

    private mutating func change(_ index: Int, by event: RunEvent) {
        let prior = self.prior(index)
        switch event {
        case .intent(_, let prior): states[index] = .begun(prior: prior)
        case .done(_, let isOurs, _): states[index] = .done(prior: prior, isOurs: isOurs)
        case .failed(_, let why):
            // One that was never begun has changed nothing.
            switch states[index] {
            case .pending, .undone: break
            default: states[index] = .failed(prior: prior, why: why)
            }
            trouble = why
        case .undoIntent: states[index] = .takingBack(prior: prior)
        case .undone: states[index] = .undone
        case .undoFailed(_, let why): trouble = why
        case .opened, .resumed, .turnedBack, .givenUp, .turnedForward, .stopped, .closed: break
        }
    }

    /// What the journal says was there before the step.
    func prior(_ index: Int) -> String? {
        switch states[index] {
        case .begun(let prior), .failed(let prior, _), .done(let prior, _), .takingBack(let prior): prior
        case .pending, .undone: nil
        }
    }

    /// What was there before a step, in the words of whoever performs it; `nil` where it was not begun, or is undone.
    public func prior(of step: String) -> String? { places[step].flatMap(prior) }

    public func isDone(_ step: String) -> Bool {
        guard let place = places[step], case .done = states[place] else { return false }
        return true
    }

    /// The first step that is not done; `nil` when all are.
    var next: Int? {
        states.firstIndex { state in
            if case .done = state { false } else { true }
        }
    }

    /// The last step that changed something and is not taken back.
    ///
    /// A node whose part of an upgrade is done and committed keeps its system: going back on it would undo what the cluster
    /// lives on since, and a worker that fails is no reason to downgrade the control plane. What was parked for the time of
    /// the run runs again there, too.
    var lastToUndo: Int? {
        let kept = keptParts
        let standing = isGivenUp ? standingParts : []
        let given = isGivenUp ? Set(givenUpNodes) : []
        return states.indices.last { index in
            if isGivenUp, staysBehind(index, given) { return false }
            if let part = parts[index], kept.contains(part), !isParking(index) { return false }
            if let part = parts[index], standing.contains(part), !standsBeside(index) { return false }
            switch states[index] {
            case .begun, .failed, .takingBack: return true
            case .done(_, let isOurs): return isOurs
            case .pending, .undone: return false
            }
        }
    }

    /// Parts of the plan, a node each, that are done to their end.
    private var keptParts: Set<Int> {
        var open: Set<Int> = []
        var all: Set<Int> = []
        for (index, part) in parts.enumerated() {
            guard let part else { continue }
            all.insert(part)
            if isParking(index) { continue }
            if case .done = states[index] { continue }
            open.insert(part)
        }
        return all.subtracting(open)
    }

    /// Parts whose node has begun with a system that something may have served from which the old one must not read, and that
    /// are not done.
    private var standingParts: Set<Int> {
        let begun = Set(
            steps.indices.filter { index in
                guard steps[index].action.activation != nil else { return false }
                switch states[index] {
                case .pending, .undone: return false
                case .begun, .failed, .done, .takingBack: return true
                }
            }.compactMap { parts[$0] })
        let guarded = Set(steps.indices.filter { bars($0) }.compactMap { parts[$0] })
        return begun.intersection(guarded).subtracting(keptParts)
    }

    /// What a rollback needs: the archives, and on nodes that have the new system what keeps the old one's closure.
    private func staysBehind(_ index: Int, _ given: Set<String>) -> Bool {
        switch steps[index].action {
        case .backUp: true
        case .copy: steps[index].node.map(given.contains) ?? false
        default: false
        }
    }

    /// A step that can be taken back whatever system its node has.
    private func standsBeside(_ index: Int) -> Bool {
        switch steps[index].action {
        case .armGuard, .cordon, .park: true
        default: false
        }
    }

    /// Nodes that keep a system that is not proven when the run is given up.
    public var standingNodes: [String] {
        let standing = standingParts
        return Set(steps.indices.filter { parts[$0].map(standing.contains) ?? false }.compactMap { steps[$0].node })
            .sorted()
    }

    /// All that have the new system when the run is given up.
    public var givenUpNodes: [String] { Set(keptNodes + standingNodes).sorted() }

    private func isParking(_ index: Int) -> Bool {
        if case .park = steps[index].action { true } else { false }
    }

    /// Nodes that keep what the run gave them when it is taken back.
    public var keptNodes: [String] {
        let kept = keptParts
        return Set(steps.indices.filter { parts[$0].map(kept.contains) ?? false }.compactMap { steps[$0].node })
            .sorted()
    }

    /// A step that cannot be taken back and may have changed something: nothing before or after it is taken back.
    public var barrier: (step: Step, why: String)? {
        guard !isGivenUp else { return nil }
        let kept = keptParts
        for (index, (step, state)) in zip(steps, states).enumerated() {
            if let part = parts[index], kept.contains(part) { continue }
            if hasServed.contains(index), state != .undone { return (step, Self.servedWords(step)) }
            if served(index) { return (step, Self.servedWords(step)) }
            guard case .impossible(let why) = step.undo else { continue }
            switch state {
            case .pending, .undone, .done(_, isOurs: false): continue
            case .begun, .failed, .done, .takingBack: return (step, why)
            }
        }
        return nil
    }

    /// Steps that activated another system which may have no way back by itself, and whose node is not done: whoever takes
    /// the run back asks the node first.
    public var unsureActivations: [Step] {
        let kept = keptParts
        return steps.indices.filter { index in
            guard parts[index].map({ !kept.contains($0) }) ?? true else { return false }
            guard steps[index].action.activation?.bootDefault == .before else { return false }
            switch states[index] {
            case .pending, .undone: return false
            case .begun, .failed, .done, .takingBack: return true
            }
        }.map { steps[$0] }
    }

    /// A new apiserver was seen to be ready, or, on a host with etcd alone whose activation has no way back by itself, its
    /// member: what they wrote since, the old ones must not read.
    private func served(_ index: Int) -> Bool {
        guard case .done = states[index] else { return false }
        return bars(index)
    }

    /// Where this gate has held, something has written what the old system must not read.
    private func bars(_ index: Int) -> Bool {
        let step = steps[index]
        guard case .waitFor(let list) = step.action, step.wayBack != .free else { return false }
        if list.gates.contains(where: \.isAPIServer) { return true }
        let writesFirst = steps.indices.contains { other in
            parts[other] == parts[index] && steps[other].action.activation?.bootDefault == .before
        }
        return writesFirst && list.gates.contains(where: \.isEtcd)
    }

    private static func servedWords(_ step: Step) -> String {
        "the new system on \(step.node ?? "it") has served: its way back needs a restore of etcd"
    }

    /// A rule that keeps others from an apiserver may be gone after a boot.
    private mutating func lookAgainAtShields() {
        guard !isTurnedBack else { return }
        let isOver = zip(steps, states).contains { step, state in
            if case .restore(.unshield) = step.action { state != .pending } else { false }
        }
        guard !isOver else { return }
        for (index, step) in steps.enumerated() {
            guard case .restore(.shield) = step.action, case .done(let prior, true) = states[index] else { continue }
            states[index] = .begun(prior: prior)
        }
    }

    /// What was held may run again after a power cut, where it could be held until the next boot only: the world is asked
    /// again, unless the run has begun to start things there.
    private mutating func lookAgainAtHolds() {
        guard !isTurnedBack else { return }
        var started: Set<String?> = []
        for (step, state) in zip(steps, states) where state != .pending && state != .undone {
            switch step.action {
            case .restore(.start), .restore(.join), .restore(.issueCertificates): started.insert(step.node)
            default: break
            }
        }
        for (index, step) in steps.enumerated() where !started.contains(step.node) {
            switch step.action {
            // A system that was activated only is gone with the power, too.
            case .restore(.halt), .activate: break
            default: continue
            }
            guard parts[index] == nil, case .done(let prior, true) = states[index] else { continue }
            states[index] = .begun(prior: prior)
        }
        for (index, step) in steps.enumerated() {
            guard case .restore(.park) = step.action, case .done(let prior, true) = states[index], !isUnparked else {
                continue
            }
            states[index] = .begun(prior: prior)
        }
        lookAgainAtActivations()
    }

    /// What was parked is let go again.
    private var isUnparked: Bool {
        zip(steps, states).contains { step, state in
            if case .restore(.unpark) = step.action { state != .pending } else { false }
        }
    }

    /// A guard may have fired, and a power cut brings back what was the default: until the commit all of that is asked about
    /// again.
    private mutating func lookAgainAtActivations() {
        var committed: Set<Int?> = []
        for (index, step) in steps.enumerated() {
            if case .commit = step.action, case .done = states[index] { committed.insert(parts[index]) }
        }
        // What was seen once stays so, whoever looks again.
        hasServed.formUnion(steps.indices.filter(served))
        for (index, step) in steps.enumerated() where parts[index] != nil && !committed.contains(parts[index]) {
            switch step.action {
            case .armGuard, .activate, .reboot, .waitFor, .disarmGuard:
                if case .done(let prior, true) = states[index] { states[index] = .begun(prior: prior) }
            default: continue
            }
        }
    }

    /// How many steps are done.
    public var doneCount: Int {
        states.count { if case .done = $0 { true } else { false } }
    }

    public var current: Step? {
        (isTurnedBack ? lastToUndo : next).map { steps[$0] }
    }
}

extension Gate {
    fileprivate var isAPIServer: Bool { if case .apiServerReady = self { true } else { false } }
    fileprivate var isEtcd: Bool { if case .etcdHealthy = self { true } else { false } }
}
