public import Secrets

/// Where a member listens, and with what to be let in.
public struct EtcdEndpoint: Sendable {
    /// A client certificate and the authority that signed the server's.
    public struct Credentials: Sendable {
        /// PEM.
        public var authority: [UInt8]
        /// PEM.
        public var certificate: [UInt8]
        public var key: SecretBytes

        public init(authority: [UInt8], certificate: [UInt8], key: SecretBytes) {
            self.authority = authority
            self.certificate = certificate
            self.key = key
        }
    }

    /// An IPv4 address: a member's own, or this host's loopback with a tunnel behind.
    public var address: String
    public var port: Int
    /// A DNS name that the server's certificate may carry in place of ``address``; `nil` when it must carry the address.
    ///
    /// NIOSSL takes either. So behind a tunnel this is no proof of which member answers (every certificate of the same
    /// authority for 127.0.0.1 passes too): that proof is the tunnel, whose end was checked by ssh.
    public var serverName: String?
    /// `nil` for a member without TLS.
    public var credentials: Credentials?

    public init(address: String, port: Int, serverName: String?, credentials: Credentials?) {
        self.address = address
        self.port = port
        self.serverName = serverName
        self.credentials = credentials
    }
}

/// Why a member gave no answer.
public struct EtcdError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        /// Nothing listens there, or TLS failed: the connection never stood.
        case unreachable
        /// No answer within the limit.
        case timedOut
        /// The member does not let this client in.
        case refused
        /// The revision asked for is compacted away, or does not exist yet.
        case outOfRange
        /// The member answered with another error, such as "no leader".
        case failed
        /// The credentials or the address cannot be used.
        case badCredentials
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
