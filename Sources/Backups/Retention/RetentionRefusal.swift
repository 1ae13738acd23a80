/// Why nothing of a folder may be removed.
public struct RetentionRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The closed list of reasons.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The folder is not the one that archives were put in.
        case unknownPlace
        /// A count or a duration of the policy is below zero.
        case policyInvalid
        /// No rule of the policy keeps a proven archive.
        case policyKeepsNothing
        /// Two archives have one name: removing one would remove the other.
        case sameName
        /// A time that no clock gives: before 1970 or after 9999.
        case impossibleTime
        /// The clock is behind the newest archive.
        case clockBehind
        /// Most of the archives that the last run kept are not there.
        case archivesMissing
    }

    public let code: Code
    /// One sentence, lower case, without a full stop.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
