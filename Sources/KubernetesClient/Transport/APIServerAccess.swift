public import Secrets

/// How to reach one API server, whom to expect there, and as whom to come.
public struct APIServerAccess: Sendable {
    /// A host and port to dial.
    public struct Endpoint: Hashable, Sendable {
        /// A name or an address, IPv6 without brackets.
        public var host: String
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Which certificates may vouch for the server.
    public enum Authority: Sendable {
        /// These only: PEM with one or more self-signed authorities.
        case certificates([UInt8])
        /// The machine's own store, as for a kubeconfig without `certificate-authority`.
        case system
    }

    /// A certificate to show to the server, and its key.
    public struct ClientCertificate: Sendable {
        /// PEM: the leaf first, then intermediates.
        public var chain: [UInt8]
        /// PEM, not encrypted.
        public var key: SecretBytes

        public init(chain: [UInt8], key: SecretBytes) {
            self.chain = chain
            self.key = key
        }
    }

    /// `https://HOST[:PORT][/PREFIX]`; the port is 443 where none is written, as for every https URL.
    public var server: String
    /// Dial here instead, for instance the near end of a tunnel. What the certificate must be for does not change.
    public var connectAddress: Endpoint?
    /// The name or address the certificate must be for, instead of the URL's host (`tls-server-name` of a kubeconfig).
    public var serverName: String?
    /// What errors call the server, instead of the address that is dialled, which says nothing where it is a tunnel's.
    public var calledAs: String?
    public var authority: Authority
    /// Shown where the server asks for one.
    public var clientCertificate: ClientCertificate?
    /// Sent as `Authorization: Bearer`, over verified TLS only.
    public var token: SecretBytes?

    public init(
        server: String, connectAddress: Endpoint? = nil, serverName: String? = nil, calledAs: String? = nil,
        authority: Authority, clientCertificate: ClientCertificate? = nil, token: SecretBytes? = nil
    ) {
        self.server = server
        self.connectAddress = connectAddress
        self.serverName = serverName
        self.calledAs = calledAs
        self.authority = authority
        self.clientCertificate = clientCertificate
        self.token = token
    }
}
