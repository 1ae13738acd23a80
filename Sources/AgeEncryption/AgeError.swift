/// Why something could not be sealed, opened, signed or verified.
public struct AgeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The closed list of reasons.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A file that is not in the format it should be in: a header, an armor, a signature, a key file.
        case malformed
        /// A later version of a format, or a kind of key that is not known here.
        case unsupported
        /// A recipient or identity that is none: a wrong letter, a wrong length, a point of low order.
        case badKey
        /// A private key that is itself sealed by a passphrase.
        case sealedKey
        /// None of the identities is one of the recipients.
        case noIdentity
        /// The passphrase is not the one.
        case wrongPassphrase
        /// The header's authentication does not hold: somebody changed it.
        case headerDamaged
        /// A part of the payload does not authenticate: it was changed or moved.
        case payloadDamaged
        /// The payload ends before its last part.
        case truncated
        /// A signature does not hold.
        case badSignature
        /// A signature by another key than the one that is asked for.
        case otherSigner
        /// More than a limit allows.
        case tooLarge
    }

    public let code: Code
    /// One sentence, lower case, without a full stop; never holds a secret.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
