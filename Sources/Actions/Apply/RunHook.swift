import Plans
import RunEngine

/// A point of an upgrade at which the user's programs are asked.
public struct RunHook: Hashable, Sendable, Encodable {
    public enum Point: String, Hashable, Sendable, Encodable, CaseIterable {
        case preRun = "pre-run"
        case preNode = "pre-node"
        case preDrain = "pre-drain"
        case postDrain = "post-drain"
        case preActivate = "pre-activate"
        case postActivate = "post-activate"
        case postNode = "post-node"
        case onWait = "on-wait"
        case onFailure = "on-failure"
        case postRun = "post-run"
        case pauseGitOps = "pause-gitops"
        case resumeGitOps = "resume-gitops"
    }

    /// What a program decides by its exit code: 0, 75 (`EX_TEMPFAIL`), anything else.
    public enum Answer: Hashable, Sendable {
        /// With what the programs printed, for the report; `nil` where that was nothing.
        case goOn(said: String?)
        case later(String)
        case stop(String)
    }

    public var point: Point
    public var run: String
    public var cluster: String
    /// `nil` at points of the whole run.
    public var node: String?
    /// The step that is about to be done or was done.
    public var step: String?
    /// What the node gets.
    public var kubernetes: String?
    /// What is waited for, or why it failed.
    public var reason: String?

    public init(_ point: Point, run: String, cluster: String) {
        self.point = point
        self.run = run
        self.cluster = cluster
    }
}

/// Which points lie before and after a step: pure.
struct HookPoints {
    let before: [RunHook.Point]
    let after: [RunHook.Point]

    init(_ step: Step, in plan: Plan) {
        var before: [RunHook.Point] = []
        var after: [RunHook.Point] = []
        let stage = plan.stage(of: step)
        let isNode = stage?.kind == .controlPlane || stage?.kind == .worker
        if isNode, stage?.steps.first?.id == step.id { before.append(.preNode) }
        switch step.action {
        case .lock: after.append(.preRun)
        case .drain:
            before.append(.preDrain)
            after.append(.postDrain)
        case .activate, .reboot:
            before.append(.preActivate)
            after.append(.postActivate)
        case .unlock: before.append(.postRun)
        default: break
        }
        if isNode, stage?.steps.last?.id == step.id { after.append(.postNode) }
        self.before = before
        self.after = after
    }
}

/// Asks hooks, and waits for those that say later.
struct HookLine: Sendable {
    let plan: Plan
    let run: String
    let ask: @Sendable (RunHook) async -> RunHook.Answer
    let isStopping: @Sendable () -> Bool

    static let between = 30
    static let limit = 3_600

    /// Returns what they said. Throws ``RunError`` where one says stop, or says later for an hour; `Abandoned` when asked to
    /// stop.
    @discardableResult
    func pass(
        _ points: [RunHook.Point], _ step: Step, _ report: @Sendable (String) -> Void
    ) async throws -> [String] {
        var said: [String] = []
        for point in points {
            var hook = RunHook(point, run: run, cluster: plan.cluster)
            let stage = plan.stage(of: step)
            // The last step of a node's part may be another node's.
            hook.node = stage?.node ?? step.node
            hook.step = step.id
            hook.kubernetes = stage?.steps.compactMap(\.action.activation).last?.target.kubernetes
            if let words = try await pass(hook, report) { said.append("hook \(point.rawValue): \(words)") }
        }
        return said
    }

    /// One that takes its time is named, since whatever was waited for before is not what is waited for now.
    private func asked(_ hook: RunHook, _ report: @Sendable (String) -> Void) async -> RunHook.Answer {
        await withTaskGroup(of: RunHook.Answer?.self) { group in
            group.addTask { await ask(hook) }
            group.addTask {
                try? await Task.sleep(for: .seconds(5))
                return nil
            }
            defer { group.cancelAll() }
            while let next = await group.next() {
                if let answer = next { return answer }
                if !Task.isCancelled { report("the hook \(hook.point.rawValue)") }
            }
            return .goOn(said: nil)
        }
    }

    private func pass(_ hook: RunHook, _ report: @Sendable (String) -> Void) async throws -> String? {
        var waited = 0
        while true {
            switch await asked(hook, report) {
            case .goOn(let said): return said
            case .stop(let why): throw RunError(.cannotWrite, "the hook \(hook.point.rawValue) says stop: \(why)")
            case .later(let why):
                guard waited < Self.limit else {
                    throw RunError(.cannotRead, "the hook \(hook.point.rawValue) has said later for an hour: \(why)")
                }
                report("the hook \(hook.point.rawValue) says later: \(why)")
            }
            for _ in 0..<Self.between {
                if isStopping() { throw Abandoned() }
                try await Task.sleep(for: .seconds(1))
            }
            waited += Self.between
        }
    }
}
