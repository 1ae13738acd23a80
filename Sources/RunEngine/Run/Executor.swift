public import Plans

/// Performs a run: does what ``RunMachine`` says, in its order, and writes before it acts.
public struct Executor: Sendable {
    let plan: Plan
    let performer: any StepPerformer
    let mirror: any RunMirror
    let watcher: any RunWatcher
    /// RFC 3339 in UTC.
    let now: @Sendable () -> String
    /// A person asked to stop.
    let isStopping: @Sendable () -> Bool
    /// The plan's, once: a plan puts them together anew each time.
    private let steps: [Step]
    private let places: [String: Int]
    static let beat = Duration.seconds(30)

    public init(
        plan: Plan, performer: any StepPerformer, mirror: any RunMirror, watcher: any RunWatcher,
        now: @escaping @Sendable () -> String, isStopping: @escaping @Sendable () -> Bool
    ) {
        self.plan = plan
        steps = plan.steps
        places = Dictionary(steps.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        self.performer = performer
        self.mirror = mirror
        self.watcher = watcher
        self.now = now
        self.isStopping = isStopping
    }

    /// Goes on from wherever the journal ends. Throws ``RunError`` when the journal cannot be written here; then nothing
    /// was done that it does not have.
    public func run(_ journal: JournalWriter) async throws -> RunMachine.Ending {
        try await withThrowingTaskGroup(of: RunMachine.Ending?.self) { group in
            group.addTask { try await perform(journal) }
            group.addTask { [mirror] in
                // At once: what waits for a silent run to be given up must hear that this one is not.
                while !Task.isCancelled {
                    guard await mirror.beat() else {
                        throw RunError(.overtaken, "another process goes on with this run")
                    }
                    try? await Task.sleep(for: Self.beat)
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }

    private func perform(_ writer: JournalWriter) async throws -> RunMachine.Ending {
        var writer = writer
        var machine = RunMachine(RunState(plan, events: writer.journal.events))
        var commands = machine.take(.begin)
        while !commands.isEmpty {
            let command = commands.removeFirst()
            if case .finish(let ending) = command { return ending }
            guard let input = try await act(command, &writer) else { continue }
            if isStopping() { _ = machine.take(.interrupt) }
            // What follows a failure is another story than what was planned after it.
            commands = machine.take(input)
        }
        throw RunError(.journalDamaged, "the run came to no end")
    }

    /// Returns what the machine must hear of it; `nil` to go on with the next command.
    private func act(_ command: RunMachine.Command, _ writer: inout JournalWriter) async throws -> RunMachine.Input? {
        switch command {
        case .finish: return nil
        case .journal(let event, let node):
            try writer.append(event, at: now())
            show(event)
            do {
                try await mirror.write(writer.journal, node: node)
                return nil
            } catch let error as RunError where error.isOtherDriver {
                throw error
            } catch {
                // The result of a step is only kept here then; its intent must be on the node before it is done.
                if case .done = event { return nil }
                if case .undone = event { return nil }
                return .failed("the journal cannot be kept there: \(error)")
            }
        case .survey(let step):
            watcher.saw(.looks(step, index: places[step.id] ?? 0, count: steps.count))
            do {
                return .surveyed(try await performer.survey(step))
            } catch {
                return .failed("\(error)")
            }
        case .perform(let step, let prior):
            watcher.saw(.began(step, index: places[step.id] ?? 0, count: steps.count))
            if let failure = try await mirrored(writer.journal, step) { return failure }
            return try await result { try await performer.perform(step, prior: prior, report: report(step)) }
        case .conclude(let step):
            return try await result { try await performer.conclude(step, report: report(step)) }
        case .undo(let step, let prior):
            watcher.saw(.takesBack(step, index: places[step.id] ?? 0, count: steps.count))
            if let failure = try await mirrored(writer.journal, step) { return failure }
            return try await result { try await performer.undo(step, prior: prior, report: report(step)) }
        }
    }

    /// Also where the intent was written by a process that died before it could be copied.
    private func mirrored(_ journal: JournalText, _ step: Step) async throws -> RunMachine.Input? {
        do {
            try await mirror.write(journal, node: step.node)
            return nil
        } catch let error as RunError where error.isOtherDriver {
            throw error
        } catch {
            return .failed("the journal cannot be kept there: \(error)")
        }
    }

    private func report(_ step: Step) -> @Sendable (String) -> Void {
        { [watcher] in watcher.saw(.waits(step, reason: $0)) }
    }

    private func result(_ body: () async throws -> String?) async throws -> RunMachine.Input {
        do {
            return .performed(detail: try await body())
        } catch is Abandoned {
            return .abandoned
        } catch let error as CancellationError where Task.isCancelled {
            // This process ends; how far the step got the next one asks.
            throw error
        } catch {
            return .failed("\(error)")
        }
    }

    private func show(_ event: RunEvent) {
        guard let step = event.step.flatMap({ places[$0] }).map({ steps[$0] }) else { return }
        switch event {
        case .done(_, let isOurs, let detail): watcher.saw(isOurs ? .did(step, detail: detail) : .wasSo(step))
        case .failed(_, let why), .undoFailed(_, let why): watcher.saw(.failed(step, why: why))
        case .undone(_, let detail): watcher.saw(.tookBack(step, detail: detail))
        case .opened, .intent, .turnedBack, .givenUp, .turnedForward, .undoIntent, .resumed, .stopped, .closed: break
        }
    }
}
