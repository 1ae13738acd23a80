import PKI
import Testing

/// A node tells the public half of its key; the certificate must match it and no other.
@Suite struct PublicKeyIdentityTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        var options: [String]
        var name: String
        var testDescription: String { name }
    }

    static let kinds = [
        Kind(options: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], name: "RSA 2048"),
        Kind(options: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"], name: "RSA 3072"),
        Kind(options: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], name: "nistp256"),
        Kind(options: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], name: "nistp384"),
        Kind(options: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"], name: "nistp521"),
        Kind(options: ["-algorithm", "ED25519"], name: "Ed25519"),
    ]

    @Test(arguments: kinds) func opensslTellsWhetherAPairFits(_ kind: Kind) throws {
        let work = try Workshop()
        defer { work.remove() }
        try work.makeKey("key.pem", kind.options)
        try work.makeKey("other.pem", kind.options)
        try work.makeCertificate("cert.pem", key: "key.pem", subject: "/CN=pair")
        let certificate = try CertificateBundle(parsing: work.bytes("cert.pem")).leaf
        func identity(of key: String) throws -> PublicKeyIdentity {
            try PublicKeyIdentity(publicKeyPEM: Array(work.run("openssl", "pkey", "-in", key, "-pubout").utf8))
        }
        #expect(try certificate.matches(identity(of: "key.pem")))
        #expect(try !certificate.matches(identity(of: "other.pem")))
        #expect(try identity(of: "key.pem").description == kind.name)
    }

    /// `ssh-keygen` reads PKCS#8 of Ed25519 only since OpenSSH 9.6, so that kind is left out here.
    @Test(arguments: kinds.dropLast()) func sshKeygenTellsWhetherAPairFits(_ kind: Kind) throws {
        let work = try Workshop()
        defer { work.remove() }
        try work.makeKey("key.pem", kind.options)
        try work.makeKey("other.pem", kind.options)
        try work.makeCertificate("cert.pem", key: "key.pem", subject: "/CN=pair")
        let certificate = try CertificateBundle(parsing: work.bytes("cert.pem")).leaf
        let same = try PublicKeyIdentity(openSSHLine: work.run("ssh-keygen", "-y", "-f", "key.pem"))
        let other = try PublicKeyIdentity(openSSHLine: work.run("ssh-keygen", "-y", "-f", "other.pem"))
        #expect(certificate.matches(same))
        #expect(!certificate.matches(other))
        #expect(same.description == kind.name)
    }

    @Test(arguments: [0, 2]) func theOldFormsOfAKeyAreTheSameKey(_ index: Int) throws {
        let work = try Workshop()
        defer { work.remove() }
        try work.makeKey("key.pem", Self.kinds[index].options)
        try work.makeCertificate("cert.pem", key: "key.pem", subject: "/CN=pair")
        // PKCS#1 for RSA, SEC 1 for a curve: what cfssl writes.
        try work.run("openssl", "pkey", "-in", "key.pem", "-traditional", "-out", "old.pem")
        try work.run("chmod", "600", "old.pem")
        let certificate = try CertificateBundle(parsing: work.bytes("cert.pem")).leaf
        let old = try PublicKeyIdentity(openSSHLine: work.run("ssh-keygen", "-y", "-f", "old.pem"))
        #expect(certificate.matches(old))
    }

    @Test func anOpenSSHKeyOfEd25519IsReadToo() throws {
        let work = try Workshop()
        defer { work.remove() }
        try work.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "root@grey area", "-f", "host")
        let fromFile = try PublicKeyIdentity(openSSHLine: String(decoding: work.bytes("host.pub"), as: UTF8.self))
        let fromKey = try PublicKeyIdentity(openSSHLine: work.run("ssh-keygen", "-y", "-f", "host"))
        #expect(fromFile == fromKey)
        #expect(fromFile.description == "Ed25519")
    }

    @Test func theSameKeyByBothProgramsIsOneValue() throws {
        let work = try Workshop()
        defer { work.remove() }
        try work.makeKey("key.pem", Self.kinds[0].options)
        let bySSH = try PublicKeyIdentity(openSSHLine: work.run("ssh-keygen", "-y", "-f", "key.pem"))
        let byOpenSSL = try PublicKeyIdentity(
            publicKeyPEM: Array(work.run("openssl", "pkey", "-in", "key.pem", "-pubout").utf8))
        #expect(bySSH == byOpenSSL)
    }
}
