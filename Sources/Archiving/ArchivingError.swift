/// Why an archive could not be written or read.
public struct ArchivingError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The archive is not what it should be: damaged, cut off, or no archive.
        case damaged
        /// An entry that must not be in an archive of ours: a device, a path that leads out, too large.
        case forbidden
        /// What was to be written does not fit what was announced.
        case misuse
        /// libarchive could not do what it was asked for.
        case failed
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
