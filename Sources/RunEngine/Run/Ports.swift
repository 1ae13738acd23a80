public import Plans

/// Performs the steps of plans: the hands of a run.
public protocol StepPerformer: Sendable {
    /// How the step's target is now. Changes nothing. Throws when the world cannot be asked.
    func survey(_ step: Step) async throws -> RunMachine.Survey

    /// Makes it so; may be called again after a crash in the middle. `prior` is what the survey found before the first
    /// time. Returns a detail for the journal. Throws ``Abandoned`` from a wait that a person asked to end.
    func perform(_ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void) async throws -> String?

    /// Does what belongs after a step that is as planned, and that this run has performed before it was cut off or failed:
    /// asks the user's programs. May be called again. Throws where they say no.
    func conclude(_ step: Step, report: @escaping @Sendable (String) -> Void) async throws -> String?

    /// Puts `prior` back, as far as what is there is still ours.
    func undo(_ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void) async throws -> String?
}

/// A wait that was given up, since a person asked to stop.
public struct Abandoned: Error, Hashable, Sendable {
    public init() {}
}

/// Keeps copies of a journal where another machine finds them, and the locks of a run alive.
public protocol RunMirror: Sendable {
    /// Writes the journal to a node's disk; best effort to all others. Throws when `node` could not be written, and
    /// ``RunError`` `overtaken` or `journalsDisagree` where any node has it from somebody else.
    func write(_ journal: JournalText, node: String?) async throws
    /// The run is alive. False where a node was told of another process that goes on with it.
    func beat() async -> Bool
}

/// Sees how a run goes on.
public protocol RunWatcher: Sendable {
    func saw(_ update: RunUpdate)
}

/// One thing to show of a run.
public enum RunUpdate: Hashable, Sendable {
    /// Its target is looked at.
    case looks(Step, index: Int, count: Int)
    case began(Step, index: Int, count: Int)
    case wasSo(Step)
    case did(Step, detail: String?)
    /// What a step waits for, or how far it is.
    case waits(Step, reason: String)
    case takesBack(Step, index: Int, count: Int)
    case tookBack(Step, detail: String?)
    case failed(Step, why: String)
}
