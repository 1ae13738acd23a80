/// Why a kubeconfig cannot be used.
public struct KubeconfigError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The closed list of reasons.
    public enum Code: String, Hashable, Sendable {
        /// More than 1 MiB.
        case tooLarge
        /// No YAML, no kubeconfig, or broken base64.
        case malformed
        /// The context, cluster, user or server that is asked for is not there.
        case missing
        /// It asks for something that is not done here: an exec plugin, a password, a proxy.
        case notSupported
        /// It asks for TLS without verification, or for no TLS.
        case insecure
    }

    public let code: Code
    /// One sentence, lower case, without a full stop; names the field, never its secret value.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
