import Foundation
import PKI
import Testing

/// What lies on a node is not trusted: each broken input is an error with its code, and nothing traps.
@Suite struct MalformedInputTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var code: PKIError.Code
        var testDescription: String { name }
    }

    static let certificates = [
        Row(name: "empty", text: "", code: .notFound),
        Row(name: "text", text: "hello\n", code: .notFound),
        Row(
            name: "another block", text: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            code: .notFound),
        Row(name: "cut off", text: "-----BEGIN CERTIFICATE-----\nMIIB\n", code: .malformed),
        Row(name: "end without begin", text: "-----END CERTIFICATE-----\n", code: .malformed),
        Row(
            name: "ends as another", text: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END PRIVATE KEY-----\n",
            code: .malformed),
        Row(
            name: "begins twice", text: "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n", code: .malformed),
        Row(
            name: "broken base64", text: "-----BEGIN CERTIFICATE-----\nM!!!\n-----END CERTIFICATE-----\n",
            code: .malformed),
        Row(name: "no content", text: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", code: .malformed),
        Row(
            name: "not ASN.1", text: "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
            code: .malformed),
        Row(
            name: "an empty sequence", text: "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
            code: .malformed),
        Row(name: "too many bytes", text: String(repeating: "x", count: 1 << 20 + 1), code: .tooLarge),
        Row(
            name: "too many certificates",
            text: String(repeating: "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", count: 65),
            code: .tooLarge),
    ]

    @Test(arguments: certificates) func aBrokenCertificateFileIsAnError(_ row: Row) {
        let error = #expect(throws: PKIError.self) { try CertificateBundle(parsing: Array(row.text.utf8)) }
        #expect(error?.code == row.code)
    }

    @Test func everyCutAndEveryFlippedByteOfACertificateEndsWell() throws {
        let work = try Workshop()
        defer { work.remove() }
        try work.makeKey("key.pem", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
        try work.makeCertificate(
            "cert.pem", key: "key.pem", subject: "/CN=x", ["-addext", "subjectAltName=DNS:a,IP:10.0.0.1"])
        try work.run("openssl", "x509", "-in", "cert.pem", "-outform", "DER", "-out", "cert.der")
        let der = try work.bytes("cert.der")
        for end in der.indices {
            #expect(throws: PKIError.self) { try CertificateBundle(parsing: der[..<end]) }
        }
        for index in der.indices {
            var broken = der
            broken[index] ^= 0xFF
            _ = try? CertificateBundle(parsing: broken)
        }
    }

    @Test func aKindOfKeyWeDoNotKnowIsSaidSo() throws {
        let work = try Workshop()
        defer { work.remove() }
        try work.makeKey("key.pem", ["-algorithm", "ED448"])
        try work.makeCertificate("cert.pem", key: "key.pem", subject: "/CN=x")
        let error = #expect(throws: PKIError.self) { try CertificateBundle(parsing: work.bytes("cert.pem")) }
        #expect(error?.code == .unsupported)
        let pem = try work.run("openssl", "pkey", "-in", "key.pem", "-pubout")
        let keyError = #expect(throws: PKIError.self) { try PublicKeyIdentity(publicKeyPEM: Array(pem.utf8)) }
        #expect(keyError?.code == .unsupported)
    }

    /// An OpenSSH line from strings in their wire form.
    static func line(_ type: String, _ parts: [UInt8]...) -> String {
        var blob: [UInt8] = []
        for part in [Array(type.utf8)] + parts {
            blob += [UInt8(part.count >> 24), UInt8(part.count >> 16 & 255), UInt8(part.count >> 8 & 255)]
            blob += [UInt8(part.count & 255)] + part
        }
        return "\(type) \(Data(blob).base64EncodedString())"
    }

    static let keyLines = [
        Row(name: "empty", text: "", code: .notFound),
        Row(name: "one word", text: "ssh-rsa", code: .notFound),
        Row(name: "broken base64", text: "ssh-rsa A", code: .malformed),
        Row(name: "cut off", text: "ssh-rsa AAAA", code: .malformed),
        Row(name: "a length beyond the end", text: "ssh-rsa /////w==", code: .malformed),
        Row(name: "no modulus", text: line("ssh-rsa", [1, 0, 1]), code: .malformed),
        Row(name: "a modulus of zero", text: line("ssh-rsa", [1, 0, 1], [0, 0]), code: .malformed),
        Row(name: "bytes after the end", text: line("ssh-rsa", [1, 0, 1], [3], [7]), code: .malformed),
        Row(
            name: "another type inside",
            text: "ssh-ed25519 " + line("ssh-rsa", [1, 0, 1], [3]).dropFirst(8), code: .malformed),
        Row(name: "a short Ed25519 key", text: line("ssh-ed25519", [1, 2, 3]), code: .malformed),
        Row(
            name: "another curve inside", text: line("ecdsa-sha2-nistp256", Array("nistp384".utf8), [4]),
            code: .malformed),
        Row(
            name: "a compressed point",
            text: line("ecdsa-sha2-nistp256", Array("nistp256".utf8), [2] + [UInt8](repeating: 1, count: 32)),
            code: .malformed),
        Row(name: "DSA", text: line("ssh-dss", [1]), code: .unsupported),
        Row(name: "too long", text: "ssh-rsa " + String(repeating: "A", count: 16 << 10), code: .tooLarge),
    ]

    @Test(arguments: keyLines) func aBrokenKeyLineIsAnError(_ row: Row) {
        let error = #expect(throws: PKIError.self) { try PublicKeyIdentity(openSSHLine: row.text) }
        #expect(error?.code == row.code)
    }

    @Test func leadingZerosOfANumberDoNotCount() throws {
        let plain = try PublicKeyIdentity(openSSHLine: Self.line("ssh-rsa", [1, 0, 1], [0x80, 7]))
        let padded = try PublicKeyIdentity(openSSHLine: Self.line("ssh-rsa", [0, 1, 0, 1], [0, 0, 0x80, 7]))
        #expect(plain == padded)
        #expect(plain.description == "RSA 16")
    }

    static let publicKeys = [
        Row(name: "empty", text: "", code: .notFound),
        Row(
            name: "an RSA PUBLIC KEY", text: "-----BEGIN RSA PUBLIC KEY-----\nMAA=\n-----END RSA PUBLIC KEY-----\n",
            code: .notFound),
        Row(name: "not ASN.1", text: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", code: .malformed),
        Row(
            name: "two of them",
            text: String(repeating: "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n", count: 2),
            code: .malformed),
        Row(name: "too many bytes", text: String(repeating: "x", count: 1 << 20 + 1), code: .tooLarge),
    ]

    @Test(arguments: publicKeys) func aBrokenPublicKeyIsAnError(_ row: Row) {
        let error = #expect(throws: PKIError.self) { try PublicKeyIdentity(publicKeyPEM: Array(row.text.utf8)) }
        #expect(error?.code == row.code)
    }
}
