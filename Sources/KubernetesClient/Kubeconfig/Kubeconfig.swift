public import Secrets

/// One context of a kubeconfig: where the API server is, whom to trust, and as whom to come.
///
/// What the file names by path is a reference here, for the caller to read where that path is: on this machine, or
/// over ssh on the node the file came from. Relative paths are made absolute by the file's own folder, as kubectl does.
public struct Kubeconfig: Sendable {
    /// Content, or where it lies.
    public enum Source<Content: Sendable>: Sendable {
        case inline(Content)
        /// An absolute path on the machine that the kubeconfig is on.
        case path(String)
    }

    /// The name of the context that was chosen.
    public var context: String
    /// `https://…`
    public var server: String
    /// `tls-server-name`: the name the certificate must be for, where it is not the server's host.
    public var serverName: String?
    /// PEM; `nil` where it names none, which means the machine's own store.
    public var certificateAuthority: Source<[UInt8]>?
    /// PEM. It has a key exactly when it has a certificate.
    public var clientCertificate: Source<[UInt8]>?
    /// PEM.
    public var clientKey: Source<SecretBytes>?
    /// Where both a token and a file of it are given, the file counts, as in client-go.
    public var token: Source<SecretBytes>?
}

extension Kubeconfig.Source: Equatable where Content: Equatable {}
