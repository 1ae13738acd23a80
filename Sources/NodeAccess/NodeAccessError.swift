/// Why a command on a node has no result. A command that ran and exited with another code than 0 has one: it is no error.
public struct NodeAccessError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// No address answers.
        case unreachable
        /// An ssh server answers and takes none of our keys.
        case loginRefused
        /// The host key is not the one in known_hosts.
        case hostKeyChanged
        /// known_hosts has no key for this host.
        case hostKeyUnknown
        /// The login works, but becoming root would ask for a password or is not allowed.
        case privilegeRefused
        /// The node has no such program.
        case commandMissing
        /// The limit of the command, or of the connection, passed.
        case timedOut
        /// The connection ended while the command ran; nobody knows how far it got.
        case connectionLost
        /// The command printed more than was allowed.
        case outputTooLarge
        /// This host cannot start the program that it needs (`ssh`, `sh`).
        case programMissing
    }

    public var code: Code
    public var node: String
    /// One sentence with the names of the things that failed; never a secret.
    public var message: String

    public init(_ code: Code, node: String, _ message: String) {
        self.code = code
        self.node = node
        self.message = message
    }

    public var description: String { message }
}
