import Crypto
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a certificate says, as far as an upgrade or a restore depends on it.
///
/// Every text comes from the file as it is: a hostile certificate can carry control characters, so print it through
/// something that escapes them. Nothing here is verified: no signature, no chain, no time.
public struct CertificateDetails: Hashable, Sendable {
    /// The subject's last common name; empty where it has none.
    public let commonName: String
    /// The subject's organizations in the order of the certificate: Kubernetes reads them as groups.
    public let organizations: [String]
    /// The whole subject in the form of RFC 4514: `CN=etcd-client,O=NixOS`.
    public let subject: String
    /// The whole issuer, in the same form, so that it equals its authority's ``subject``.
    public let issuer: String
    /// Seconds since 1970-01-01T00:00:00Z; valid from this second on.
    public let notBefore: Int64
    /// Seconds since 1970-01-01T00:00:00Z; valid up to and including this second.
    public var notAfter: Int64
    /// Its basic constraints say that it may sign certificates.
    public var isAuthority: Bool
    /// DNS names it is valid for, as written: `*.example.org` stays as it is.
    public let dnsNames: [String]
    /// IP addresses it is valid for: `10.0.0.1`, `fd7a::1`.
    public let ipAddresses: [String]
    /// SHA-256 of the DER form: 64 lower-case hex digits.
    public let fingerprint: String
    /// The key it was issued for.
    public let publicKey: PublicKeyIdentity

    /// Whether it was issued for the key pair that `identity` is the public half of.
    public func matches(_ identity: PublicKeyIdentity) -> Bool { publicKey == identity }
}

extension CertificateDetails {
    /// Reads one certificate in DER form.
    init(der: [UInt8]) throws(PKIError) {
        let certificate = try PublicKeyIdentity.reading("the certificate") { try Certificate(derEncoded: der) }
        let (constraints, names) = try PublicKeyIdentity.reading("an extension of the certificate") {
            (try certificate.extensions.basicConstraints, try certificate.extensions.subjectAlternativeNames)
        }
        commonName = Self.texts(of: .RDNAttributeType.commonName, in: certificate.subject).last ?? ""
        organizations = Self.texts(of: .RDNAttributeType.organizationName, in: certificate.subject)
        subject = certificate.subject.description
        issuer = certificate.issuer.description
        notBefore = Self.seconds(certificate.notValidBefore)
        notAfter = Self.seconds(certificate.notValidAfter)
        switch constraints {
        case .isCertificateAuthority: isAuthority = true
        case .notCertificateAuthority, nil: isAuthority = false
        }
        (dnsNames, ipAddresses) = try Self.split(names)
        fingerprint = SHA256.hash(data: der).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        publicKey = try PublicKeyIdentity(certificate.publicKey)
    }

    /// DNS names and addresses; other kinds (certmgr writes a common name with a colon as a URI) name no server.
    private static func split(_ names: SubjectAlternativeNames?) throws(PKIError) -> (dns: [String], ip: [String]) {
        var result: (dns: [String], ip: [String]) = ([], [])
        for name in names.map(Array.init) ?? [] {
            switch name {
            case .dnsName(let text): result.dns.append(text)
            case .ipAddress(let octets):
                guard let text = addressText(octets.bytes) else {
                    throw PKIError(.malformed, "an IP address in the certificate is neither 4 nor 16 bytes long")
                }
                result.ip.append(text)
            default: continue
            }
        }
        return result
    }

    /// Values in an old encoding (BMPString, T61String) read as nothing: no tool of a cluster writes them.
    private static func texts(of type: ASN1ObjectIdentifier, in name: DistinguishedName) -> [String] {
        name.flatMap { $0 }.filter { $0.type == type }.compactMap { String($0.value) }
    }

    private static func seconds(_ date: Date) -> Int64 {
        Int64(exactly: date.timeIntervalSince1970.rounded(.down)) ?? 0
    }
}
