import NIOSSL
import Secrets

/// Hands a PEM key to BoringSSL, which keeps its own copy; ours on the way there is overwritten.
func privateKey(_ secret: SecretBytes) throws(KubernetesError) -> NIOSSLPrivateKey {
    var bytes = secret.withBytes { Array($0) }
    defer { for index in bytes.indices { bytes[index] = 0 } }
    do {
        return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
    } catch {
        throw KubernetesError(.misconfigured, "the client key for the API server cannot be used")
    }
}
