/// What happened in a run: the words of its journal, and all that ``RunState`` knows.
public enum RunEvent: Codable, Hashable, Sendable {
    /// The first of every run. `plan`: SHA-256 of the plan's file, which the operator confirmed.
    case opened(run: String, plan: String, by: String)
    /// A step is about to change something; `prior` is what was there, in the words of whoever performs the step.
    case intent(step: String, prior: String?)
    /// It is as planned. `isOurs`: this run made it so.
    case done(step: String, isOurs: Bool, detail: String?)
    case failed(step: String, why: String)
    /// From here on steps are taken back.
    case turnedBack(by: String)
    /// From here on what stands beside the nodes' systems is taken back; those that cannot go back by themselves stay.
    case givenUp(by: String)
    /// What was being taken back cannot be: from here on it goes forward again.
    case turnedForward(by: String)
    case undoIntent(step: String)
    case undone(step: String, detail: String?)
    case undoFailed(step: String, why: String)
    /// Another process or machine goes on with the run.
    case resumed(by: String)
    /// The run stays open.
    case stopped(why: String)
    case closed(RunEnding)

    /// The step it is about.
    public var step: String? {
        switch self {
        case .intent(let step, _), .done(let step, _, _), .failed(let step, _), .undoIntent(let step),
            .undone(let step, _), .undoFailed(let step, _):
            step
        case .opened, .turnedBack, .givenUp, .turnedForward, .resumed, .stopped, .closed: nil
        }
    }
}

/// How a run can end for good.
public enum RunEnding: String, Codable, Hashable, Sendable {
    case done, undone
    /// What could be taken back is; nodes that could not go back have the new system.
    case givenUp = "given-up"
}
