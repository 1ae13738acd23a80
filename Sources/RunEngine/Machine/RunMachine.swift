public import Plans

/// Decides what a run does next: an input comes in, commands go out. It touches nothing itself.
///
/// For every plan, and wherever a run is cut off, it ends done, undone, or stopped with the reason; a step is performed
/// only after its intent is in the journal, and after a cut the world is asked before anything is done again.
public struct RunMachine: Sendable {
    public enum Input: Hashable, Sendable {
        /// A new process takes the run up; also the first one.
        case begin
        case surveyed(Survey)
        case performed(detail: String?)
        case failed(String)
        /// A wait was given up, since a person asked to stop.
        case abandoned
        /// A person asks to stop before the next step.
        case interrupt
    }

    public enum Command: Hashable, Sendable {
        /// Make it durable, here and on the node the step acts on, before the next command.
        case journal(RunEvent, node: String?)
        /// Ask the world how the step's target is.
        case survey(Step)
        case perform(Step, prior: String?)
        /// This run made it so before it could write that down: what belongs after the act is done, the act is not.
        case conclude(Step)
        case undo(Step, prior: String?)
        case finish(Ending)
    }

    /// How a step's target is now.
    public enum Survey: Hashable, Sendable {
        /// As the step would make it.
        case asPlanned
        /// Not yet; `prior` is what has to be put back to undo the step.
        case open(prior: String?)
        /// It is not to be touched.
        case refused(String)
    }

    /// How this process's part of the run ends.
    public enum Ending: Hashable, Sendable {
        case done
        case undone
        /// Taken back but for nodes that cannot go back by themselves.
        case givenUp
        case failed(step: String, why: String)
        /// A step that cannot be taken back is in the way.
        case cannotUndo(step: String, why: String)
        case interrupted(next: String?)
    }

    public private(set) var state: RunState
    private var isInterrupted = false
    private var acting: Int?

    public init(_ state: RunState) { self.state = state }

    public mutating func take(_ input: Input) -> [Command] {
        let index = acting
        switch input {
        case .interrupt:
            isInterrupted = true
            return []
        case .begin: return proceed()
        case .surveyed(let survey): return index.map { act($0, survey) } ?? []
        case .performed(let detail): return index.map { finish($0, detail) } ?? []
        case .failed(let why): return index.map { fail($0, why) } ?? []
        case .abandoned: return index.map { stop(at: $0) } ?? []
        }
    }

    private mutating func proceed() -> [Command] {
        acting = nil
        if let ending = state.ending { return [.finish(Ending(ending))] }
        if state.isTurnedBack, let barrier = state.barrier {
            return [.finish(.cannotUndo(step: barrier.step.id, why: barrier.why))]
        }
        let next = state.isTurnedBack ? state.lastToUndo : state.next
        guard let next else {
            let ending: RunEnding = state.isGivenUp ? .givenUp : state.isTurnedBack ? .undone : .done
            return [record(.closed(ending)), .finish(Ending(ending))]
        }
        let step = state.steps[next]
        if isInterrupted { return stop(at: next) }
        acting = next
        return state.isTurnedBack ? takeBack(next) : [.survey(step)]
    }

    private mutating func act(_ index: Int, _ survey: Survey) -> [Command] {
        let step = state.steps[index]
        if isInterrupted { return stop(at: index) }
        switch survey {
        case .asPlanned:
            // An intent of ours came before it: then it is our work, done before the result could be written.
            let isOurs = state.states[index] != .pending && state.states[index] != .undone
            if isOurs { return [.conclude(step)] }
            return [record(.done(step: step.id, isOurs: false, detail: nil), step.node)] + proceed()
        case .open(let prior):
            switch state.states[index] {
            case .begun(let known): return [.perform(step, prior: known)]
            case .failed(let known, _), .takingBack(let known): return begin(index, known ?? prior)
            case .pending, .done, .undone: return begin(index, prior)
            }
        case .refused(let why): return fail(index, why)
        }
    }

    private mutating func stop(at index: Int) -> [Command] {
        acting = nil
        let id = state.steps[index].id
        return [record(.stopped(why: "interrupted at \(id)")), .finish(.interrupted(next: id))]
    }

    private mutating func begin(_ index: Int, _ prior: String?) -> [Command] {
        let step = state.steps[index]
        return [record(.intent(step: step.id, prior: prior), step.node), .perform(step, prior: prior)]
    }

    private mutating func takeBack(_ index: Int) -> [Command] {
        let step = state.steps[index]
        switch step.undo {
        case .impossible(let reason): return [.finish(.cannotUndo(step: step.id, why: reason))]
        case .nothing:
            return [record(.undone(step: step.id, detail: nil))] + proceed()
        case .putBack, .reactivate:
            let prior = state.prior(index)
            return [record(.undoIntent(step: step.id), step.node), .undo(step, prior: prior)]
        }
    }

    private mutating func finish(_ index: Int, _ detail: String?) -> [Command] {
        let step = state.steps[index]
        let event: RunEvent =
            state.isTurnedBack
            ? .undone(step: step.id, detail: detail) : .done(step: step.id, isOurs: true, detail: detail)
        return [record(event, step.node)] + proceed()
    }

    private mutating func fail(_ index: Int, _ why: String) -> [Command] {
        let step = state.steps[index]
        acting = nil
        let event: RunEvent =
            state.isTurnedBack ? .undoFailed(step: step.id, why: why) : .failed(step: step.id, why: why)
        return [record(event, nil), .finish(.failed(step: step.id, why: why))]
    }

    private mutating func record(_ event: RunEvent, _ node: String? = nil) -> Command {
        state.take(event)
        return .journal(event, node: node)
    }
}

extension RunMachine.Ending {
    fileprivate init(_ ending: RunEnding) {
        self =
            switch ending {
            case .done: .done
            case .undone: .undone
            case .givenUp: .givenUp
            }
    }
}
