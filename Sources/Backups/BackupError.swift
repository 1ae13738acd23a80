/// Why an archive could not be made, or is not what it should be.
public struct BackupError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A file could not be written, flushed or renamed; what was written is removed.
        case cannotWrite
        case cannotRead
        /// The archive's content is not what its own list says.
        case damaged
        /// The signature is missing, not by an accepted signer, or of another file.
        case badSignature
        /// Everyone who could open it lives on the cluster's own hosts.
        case recipients
        /// The place has not the mark that was left there: another disk is mounted, or none.
        case otherPlace
    }

    public let code: Code
    /// One sentence, lower case, without a full stop.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
