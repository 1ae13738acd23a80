/// How the program ends. A number that is not here is a failure.
public enum ExitStatus: Int32, Sendable, Hashable, CaseIterable {
    /// Done, or nothing to do.
    case done = 0
    case failed = 1
    /// There is something to change (only with `--detailed-exitcode`).
    case changesPending = 2
    /// Finished in part.
    case partial = 3
    /// No answer from the cluster or a node that is needed.
    case unreachable = 10
    /// Another run holds the lock.
    case locked = 11
    case wrongKey = 12
    /// A check refused: nothing was touched.
    case refused = 20
    /// The plan no longer fits the cluster.
    case stale = 21
    case usage = 64
    /// Ended by Ctrl-C or SIGTERM; can be done again or resumed.
    case interrupted = 130
}
