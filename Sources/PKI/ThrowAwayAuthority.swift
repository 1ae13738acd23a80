import Crypto
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Certificates for servers that live for minutes on the loopback of this host, so that nobody else there can ask them.
public struct ThrowAwayAuthority: Sendable {
    /// PEM.
    public let authority: String
    /// For 127.0.0.1 and `localhost`, as server and as client. PEM.
    public let certificate: String
    /// PEM. A secret.
    public let key: String

    /// Makes an authority, one certificate and its key; the authority's own key is forgotten. Throws what the certificate
    /// library throws.
    public init(now: Int64, organization: String = "system:masters") throws {
        let root = P256.Signing.PrivateKey()
        let leaf = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("kupgrade, for minutes") }
        let from = Date(timeIntervalSince1970: Double(now - 3_600))
        let to = Date(timeIntervalSince1970: Double(now + 24 * 3_600))
        let issuer = Certificate.PrivateKey(root)
        let ca = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: issuer.publicKey, notValidBefore: from, notValidAfter: to,
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            }, issuerPrivateKey: issuer)
        let own = Certificate.PrivateKey(leaf)
        let subject = try DistinguishedName {
            OrganizationName(organization)
            CommonName("kupgrade")
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: own.publicKey, notValidBefore: from, notValidAfter: to,
            issuer: name, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                ])
            }, issuerPrivateKey: issuer)
        authority = try ca.serializeAsPEM().pemString + "\n"
        self.certificate = try certificate.serializeAsPEM().pemString + "\n"
        key = leaf.pemRepresentation + "\n"
    }
}
