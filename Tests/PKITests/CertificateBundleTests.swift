import Crypto
import Foundation
import PKI
import Testing
import X509

@Suite struct CertificateBundleTests {
    private func make(_ work: Workshop) throws {
        try work.makeKey("key.pem", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        try work.makeCertificate(
            "leaf.pem", key: "key.pem", subject: "/O=system:masters/O=second/CN=system:kube-apiserver",
            [
                "-days", "30", "-addext", "basicConstraints=critical,CA:FALSE", "-addext",
                "subjectAltName=DNS:kubernetes.default.svc,DNS:*.example.org,IP:10.0.0.1,IP:fd7a:115c::1,"
                    + "URI:system:kube-apiserver",
            ])
        try work.makeCertificate(
            "ca.pem", key: "key.pem", subject: "/CN=kubernetes-ca", ["-addext", "basicConstraints=critical,CA:TRUE"])
    }

    @Test func readsWhatOpenSSLReads() throws {
        let work = try Workshop()
        defer { work.remove() }
        try make(work)
        let leaf = try CertificateBundle(parsing: work.bytes("leaf.pem")).leaf
        #expect(leaf.commonName == "system:kube-apiserver")
        #expect(leaf.organizations == ["system:masters", "second"])
        #expect(leaf.subject == leaf.issuer)
        #expect(!leaf.isAuthority)
        #expect(leaf.dnsNames == ["kubernetes.default.svc", "*.example.org"])
        #expect(leaf.ipAddresses == ["10.0.0.1", "fd7a:115c::1"])
        let print = try work.run("openssl", "x509", "-in", "leaf.pem", "-noout", "-fingerprint", "-sha256")
        let hex = print.split(separator: "=").last.map { $0.filter(\.isHexDigit).lowercased() }
        #expect(leaf.fingerprint == hex)
        #expect(leaf.notAfter - leaf.notBefore == 30 * 86_400)
        #expect(leaf.publicKey.description == "RSA 2048")
    }

    @Test func datesAreSecondsInUTC() throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName("dated") }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            notValidBefore: Date(timeIntervalSince1970: 1_735_689_600),
            notValidAfter: Date(timeIntervalSince1970: 2_840_140_801), issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: .init(), issuerPrivateKey: key)
        let dated = try CertificateBundle(parsing: certificate.serializeAsPEM().derBytes).leaf
        // One in UTCTime, one in GeneralizedTime (2060).
        #expect(dated.notBefore == 1_735_689_600)
        #expect(dated.notAfter == 2_840_140_801)
        #expect(dated.subject == "CN=dated")
    }

    @Test func aBundleKeepsItsOrder() throws {
        let work = try Workshop()
        defer { work.remove() }
        try make(work)
        let text = Array("subject=whatever\r\n".utf8)
        let bundle = try CertificateBundle(parsing: text + work.bytes("leaf.pem") + work.bytes("ca.pem"))
        #expect(bundle.certificates.map(\.commonName) == ["system:kube-apiserver", "kubernetes-ca"])
        #expect(bundle.certificates.map(\.isAuthority) == [false, true])
    }

    @Test func derAndPEMAreTheSameCertificate() throws {
        let work = try Workshop()
        defer { work.remove() }
        try make(work)
        try work.run("openssl", "x509", "-in", "leaf.pem", "-outform", "DER", "-out", "leaf.der")
        let fromPEM = try CertificateBundle(parsing: work.bytes("leaf.pem"))
        #expect(try CertificateBundle(parsing: work.bytes("leaf.der")) == fromPEM)
    }

    @Test func aKeyInTheSameFileIsPassedOver() throws {
        let work = try Workshop()
        defer { work.remove() }
        try make(work)
        let bundle = try CertificateBundle(parsing: work.bytes("key.pem") + work.bytes("leaf.pem"))
        #expect(bundle.certificates.count == 1)
    }

    @Test func aCertificateWithoutNamesReadsAsEmpty() throws {
        let work = try Workshop()
        defer { work.remove() }
        try work.makeKey("key.pem", ["-algorithm", "ED25519"])
        try work.makeCertificate("bare.pem", key: "key.pem", subject: "/")
        let bare = try CertificateBundle(parsing: work.bytes("bare.pem")).leaf
        #expect(bare.commonName.isEmpty && bare.organizations.isEmpty && bare.dnsNames.isEmpty)
        #expect(bare.publicKey.description == "Ed25519")
    }
}
