import X509

extension PublicKeyIdentity {
    /// The public half of a private key in PEM (PKCS #1, PKCS #8 or SEC 1), which is read and forgotten.
    ///
    /// Throws ``PKIError``: `notFound` where there is none, `unsupported` for one that a passphrase protects.
    public init(privateKeyPEM text: some Collection<UInt8>) throws(PKIError) {
        guard text.count <= InputLimits.fileBytes else {
            throw PKIError(.tooLarge, "a private key of more than 1 MiB is not read")
        }
        let key: Certificate.PrivateKey
        do {
            key = try Certificate.PrivateKey(pemEncoded: String(decoding: text, as: UTF8.self))
        } catch {
            throw PKIError(.notFound, "there is no private key that can be read")
        }
        try self.init(key.publicKey)
    }
}
