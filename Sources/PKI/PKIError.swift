/// Why bytes could not be read as a certificate or a public key.
public struct PKIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The closed list of reasons.
    public enum Code: String, Hashable, Sendable {
        /// More bytes or more certificates than are read.
        case tooLarge
        /// Neither PEM with a block of the kind asked for, nor DER.
        case notFound
        /// PEM, base64, DER or the OpenSSH format is broken.
        case malformed
        /// Well formed, with a kind of key this room does not know (DSA, Ed448, RSA-PSS parameters).
        case unsupported
    }

    public let code: Code
    /// One sentence, lower case, without a full stop; never bytes of the input.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
