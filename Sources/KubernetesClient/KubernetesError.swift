/// Why an API server did not give what was asked of it.
///
/// Never holds a header, a token or a key; texts of the server are shortened and without control characters.
public struct KubernetesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The closed list of reasons.
    public enum Code: String, Hashable, Sendable {
        /// No connection: no such host, refused, no route, closed in the middle.
        case unreachable
        /// Connected, but no complete answer before the deadline.
        case timedOut
        /// The certificate is not from the given authority, is for another name, or this is no TLS server.
        case tlsRefused
        /// 401: the credentials are not known there.
        case unauthorized
        /// 403: known, and not allowed.
        case forbidden
        /// 404.
        case notFound
        /// 409.
        case conflict
        /// 410: a list's continuation is too old.
        case expired
        /// 429; ``KubernetesError/retryAfterSeconds`` and ``KubernetesError/causes`` tell more.
        case tooManyRequests
        /// Another status from 400 to 499.
        case rejected
        /// A status from 500 to 599.
        case serverError
        /// HTML, a redirect, or anything else that is no Kubernetes answer: a proxy or another service listens there.
        case notKubernetes
        /// JSON that breaks Kubernetes' own rules.
        case malformed
        /// More bytes or pages than are read.
        case tooLarge
        /// The server URL, authority, certificate or key given is unusable; nothing was sent.
        case misconfigured
    }

    public let code: Code
    /// One sentence, lower case, without a full stop; names the path of the URL.
    public let message: String
    /// The HTTP status, where there was an answer.
    public let status: Int?
    /// `reason` of the server's `Status`: `Forbidden`, `NotFound`, `TooManyRequests`.
    public let reason: String?
    /// `details.causes` of the server's `Status`: which disruption budget refuses an eviction.
    public let causes: [Cause]
    /// When the server asks to come back, from the header `Retry-After` or the `Status`; whole seconds.
    public let retryAfterSeconds: Int?

    /// One of the causes in a `Status`.
    public struct Cause: Hashable, Sendable {
        /// Its type: `DisruptionBudget`, `NamespaceTerminating`.
        public let reason: String
        public let message: String
    }

    init(
        _ code: Code, _ message: String, status: Int? = nil, reason: String? = nil, causes: [Cause] = [],
        retryAfterSeconds: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.status = status
        self.reason = reason
        self.causes = causes
        self.retryAfterSeconds = retryAfterSeconds
    }

    public var description: String { message }
}
