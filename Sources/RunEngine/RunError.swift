/// What can go wrong with a run itself.
public struct RunError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The journal is not what was written.
        case journalDamaged
        /// A newer version wrote in it.
        case journalNewer
        case cannotRead
        case cannotWrite
        /// Journals of the same run say different things.
        case journalsDisagree
        /// Another process or machine has it.
        case locked
        /// Somebody rebuilds a host.
        case rebuilding
        /// Another process goes on with this very run.
        case overtaken
        /// The plan beside the journal is not the one that was confirmed.
        case otherPlan
        /// No step is taken on a node that cannot keep the journal.
        case mirrorFailed
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Somebody else drives the run: this process must not write to it any more.
    public var isOtherDriver: Bool { code == .overtaken || code == .journalsDisagree }

    public var description: String { message }
}
