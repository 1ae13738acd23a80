import Crypto
import SwiftASN1
import X509

extension PublicKeyIdentity {
    /// Reads a PEM `PUBLIC KEY` (SubjectPublicKeyInfo, RFC 5280 4.1), as `openssl pkey -pubout` prints it.
    ///
    /// Throws ``PKIError``: `notFound` where there is no such block (an RSA `RSA PUBLIC KEY` is another format),
    /// `malformed` for broken or more than one, `unsupported` for a kind of key this room does not know, `tooLarge`
    /// above 1 MiB.
    public init(publicKeyPEM text: some Collection<UInt8>) throws(PKIError) {
        guard text.count <= InputLimits.fileBytes else {
            throw PKIError(.tooLarge, "a public key of more than 1 MiB is not read")
        }
        let blocks = try PEMText(parsing: text, wanted: "PUBLIC KEY").blocks
        guard let block = blocks.first else { throw PKIError(.notFound, "there is no PEM block PUBLIC KEY") }
        guard blocks.count == 1 else { throw PKIError(.malformed, "there is more than one PEM block PUBLIC KEY") }
        try self.init(try Self.reading("the public key") { try Certificate.PublicKey(derEncoded: block.bytes) })
    }

    init(_ key: Certificate.PublicKey) throws(PKIError) {
        let bytes = key.subjectPublicKeyInfoBytes
        if P256.Signing.PublicKey(key) != nil {
            try self.init(curve: .p256, point: bytes)
        } else if P384.Signing.PublicKey(key) != nil {
            try self.init(curve: .p384, point: bytes)
        } else if P521.Signing.PublicKey(key) != nil {
            try self.init(curve: .p521, point: bytes)
        } else if Curve25519.Signing.PublicKey(key) != nil {
            try self.init(ed25519: bytes)
        } else {
            let rsa = try Self.reading("the RSA key") { try RSAPublicKey(derEncoded: DER.parse(bytes)) }
            try self.init(rsaModulus: rsa.modulus, exponent: rsa.exponent)
        }
    }

    /// Runs a reader of the ASN.1 packages and says which of our errors its error is.
    static func reading<Value>(_ what: String, _ read: () throws -> Value) throws(PKIError) -> Value {
        do {
            return try read()
        } catch let error as CertificateError where error.code == .unsupportedPublicKeyAlgorithm {
            throw PKIError(.unsupported, "\(what) is of a kind that is not supported")
        } catch {
            throw PKIError(.malformed, "\(what) is malformed")
        }
    }
}

/// RFC 8017 A.1.1: `SEQUENCE { modulus INTEGER, publicExponent INTEGER }`.
private struct RSAPublicKey: DERParseable {
    var modulus: ArraySlice<UInt8>
    var exponent: ArraySlice<UInt8>

    init(derEncoded node: ASN1Node) throws {
        (modulus, exponent) = try DER.sequence(node, identifier: .sequence) { nodes in
            (try ArraySlice(derEncoded: &nodes), try ArraySlice(derEncoded: &nodes))
        }
    }
}
