/// Why a snapshot is not what it should be.
public struct SnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The closed list of reasons.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// Its length is not a whole number of pages and a digest, or it ends early.
        case truncated
        /// The digest at its end is not that of its content.
        case digestDiffers
        /// No page at its start describes a database of bbolt, version 2.
        case notBbolt
        /// The tree of pages contradicts itself.
        case tree
        /// A record is no revision of a key, or not the one that its place says.
        case record
        /// etcd's own buckets are missing.
        case notEtcd
        /// More than a limit allows.
        case tooLarge
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
