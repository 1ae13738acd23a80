import CSodium
import Secrets

/// X25519 on libsodium.
enum Curve {
    static let count = 32

    /// 32 random bytes.
    static func randomScalar() -> SecretBytes {
        var bytes = Sodium.random(count)
        return SecretBytes(consuming: &bytes)
    }

    static func publicKey(of scalar: SecretBytes) -> [UInt8] {
        var point = [UInt8](repeating: 0, count: count)
        scalar.withPointer { _ = crypto_scalarmult_base(&point, $0) }
        return point
    }

    /// Throws `badKey` for a point of low order: the secret would be zero whatever the scalar.
    static func shared(_ scalar: SecretBytes, _ point: [UInt8]) throws(AgeError) -> SecretBytes {
        var secret = [UInt8](repeating: 0, count: count)
        let result = point.count == count ? scalar.withPointer { crypto_scalarmult(&secret, $0, point) } : -1
        guard result == 0 else { throw AgeError(.badKey, "a public key is a point of low order") }
        return SecretBytes(consuming: &secret)
    }

    /// The X25519 form of an Ed25519 public key. Throws `badKey` where it is no point of the curve.
    static func montgomery(publicKey: [UInt8]) throws(AgeError) -> [UInt8] {
        var point = [UInt8](repeating: 0, count: count)
        guard publicKey.count == count, crypto_sign_ed25519_pk_to_curve25519(&point, publicKey) == 0 else {
            throw AgeError(.badKey, "an ssh-ed25519 key is no point of its curve")
        }
        return point
    }

    /// The X25519 form of an Ed25519 secret key: 64 bytes, seed and public key.
    static func montgomery(secretKey: SecretBytes) -> SecretBytes {
        var scalar = [UInt8](repeating: 0, count: count)
        secretKey.withPointer { _ = crypto_sign_ed25519_sk_to_curve25519(&scalar, $0) }
        return SecretBytes(consuming: &scalar)
    }
}
