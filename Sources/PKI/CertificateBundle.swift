/// The certificates of one file, in the file's order: a leaf and what follows it, or a list of authorities.
public struct CertificateBundle: Hashable, Sendable {
    /// Never empty.
    public let certificates: [CertificateDetails]
    /// The first one: what a server or client shows as its own.
    public let leaf: CertificateDetails

    /// Reads PEM with one or more blocks `CERTIFICATE`, or one certificate in DER form.
    ///
    /// Text around the blocks and blocks of other kinds are *not* errors; a private key in the same file is passed over
    /// undecoded. Throws ``PKIError``: `tooLarge` above 1 MiB or 64 certificates, `notFound` where there is none,
    /// `malformed` when any is broken, `unsupported` when any has a key of a kind this room does not know.
    public init(parsing bytes: some Collection<UInt8>) throws(PKIError) {
        guard bytes.count <= InputLimits.fileBytes else {
            throw PKIError(.tooLarge, "a certificate file of more than 1 MiB is not read")
        }
        // A DER certificate is a SEQUENCE, and no PEM file begins with a "0" and a length byte above 127.
        let ders =
            Self.looksLikeDER(bytes)
            ? [Array(bytes)] : try PEMText(parsing: bytes, wanted: "CERTIFICATE").blocks.map(\.bytes)
        guard ders.count <= InputLimits.certificates else {
            throw PKIError(.tooLarge, "a file with more than \(InputLimits.certificates) certificates is not read")
        }
        var certificates: [CertificateDetails] = []
        for der in ders { certificates.append(try CertificateDetails(der: der)) }
        guard let leaf = certificates.first else { throw PKIError(.notFound, "there is no certificate in the file") }
        self.certificates = certificates
        self.leaf = leaf
    }

    private static func looksLikeDER(_ bytes: some Collection<UInt8>) -> Bool {
        let head = Array(bytes.prefix(2))
        return head.count == 2 && head[0] == 0x30 && head[1] >= 0x80
    }
}
