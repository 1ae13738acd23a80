/// A certificate or key file on a node: who owns it, until when it holds, and whether it fits its pair. Never its content.
public struct PKIFileFacts: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable { case certificate, privateKey, publicKey }

    public enum KeyMatch: String, Codable, Sendable {
        case matches, differs
        /// There is no certificate beside the key, or the host has no program that can tell.
        case unknown
    }

    public var path: String
    public var kind: Kind
    public var owner: String
    public var group: String
    /// Four octal digits: `0600`.
    public var mode: String
    /// Certificates only.
    public var certificate: CertificateFacts?
    /// Keys only: whether the certificate of the same pair carries this key's public half.
    public var keyMatch: KeyMatch?
    /// Which units use it by which flag or variable, as `kube-apiserver.service --tls-cert-file`; empty where none names it.
    public var usedBy: [String]
    /// Of keys: SHA-256 of the public half, as ``CertificateFacts/keyFingerprint`` has it; `nil` where nobody could tell.
    public var keyFingerprint: String?

    public init(
        path: String, kind: Kind, owner: String, group: String, mode: String, certificate: CertificateFacts?,
        keyMatch: KeyMatch?, usedBy: [String]
    ) {
        self.path = path
        self.kind = kind
        self.owner = owner
        self.group = group
        self.mode = mode
        self.certificate = certificate
        self.keyMatch = keyMatch
        self.usedBy = usedBy
    }
}

public struct CertificateFacts: Codable, Hashable, Sendable {
    public var commonName: String
    public var organizations: [String]
    public var issuer: String
    public var notBefore: Instant
    public var notAfter: Instant
    public var isAuthority: Bool
    /// DNS names and IP addresses it is valid for.
    public var alternativeNames: [String]
    /// SHA-256 of the DER form, in hex.
    public var fingerprint: String
    /// The same for its public key alone: a certificate that was issued anew for the same key has the same.
    public var keyFingerprint: String?

    public init(
        commonName: String, organizations: [String], issuer: String, notBefore: Instant, notAfter: Instant,
        isAuthority: Bool, alternativeNames: [String], fingerprint: String
    ) {
        self.commonName = commonName
        self.organizations = organizations
        self.issuer = issuer
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.isAuthority = isAuthority
        self.alternativeNames = alternativeNames
        self.fingerprint = fingerprint
    }
}

/// A certificate or key file that a unit names and that is not there, or empty.
public struct MissingFileFacts: Codable, Hashable, Sendable {
    public var path: String
    /// As in ``PKIFileFacts/usedBy``.
    public var usedBy: [String]

    public init(path: String, usedBy: [String]) {
        self.path = path
        self.usedBy = usedBy
    }
}
