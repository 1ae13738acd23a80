import CSodium
import Crypto
import Secrets

/// HKDF with SHA-256, and what is sealed with its keys.
enum KeyDerivation {
    /// 32 bytes.
    static func key(_ input: SecretBytes, salt: [UInt8], info: String) -> SecretBytes {
        input.withBytes { bytes in
            let derived = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: bytes), salt: salt, info: Array(info.utf8), outputByteCount: 32)
            return derived.withUnsafeBytes { SecretBytes($0) }
        }
    }

    /// HMAC-SHA-256 of a header's text by a file key.
    static func code(of text: [UInt8], fileKey: SecretBytes) -> [UInt8] {
        key(fileKey, salt: [], info: "header").withBytes { key in
            Array(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: key)))
        }
    }
}

/// The file key under a key that is used once: ChaCha20-Poly1305 with a nonce of zeros.
enum WrappedKey {
    static let fileKeyCount = 16
    static let count = 32

    static func seal(_ fileKey: SecretBytes, under key: SecretBytes) -> [UInt8] {
        let nonce = [UInt8](repeating: 0, count: 12)
        var sealed = [UInt8](repeating: 0, count: count)
        fileKey.withPointer { plain in
            key.withPointer { key in
                _ = crypto_aead_chacha20poly1305_ietf_encrypt(
                    &sealed, nil, plain, UInt64(fileKey.count), nil, 0, nil, nonce, key)
            }
        }
        return sealed
    }

    /// `nil` when it is sealed under another key. Of any other length it must not even be tried (C2SP, `age.md`).
    static func open(_ sealed: [UInt8], under key: SecretBytes) -> SecretBytes? {
        guard sealed.count == count else { return nil }
        let nonce = [UInt8](repeating: 0, count: 12)
        var plain = [UInt8](repeating: 0, count: fileKeyCount)
        let result = key.withPointer { key in
            crypto_aead_chacha20poly1305_ietf_decrypt(
                &plain, nil, nil, sealed, UInt64(sealed.count), nil, 0, nonce, key)
        }
        guard result == 0 else { return nil }
        return SecretBytes(consuming: &plain)
    }
}

extension UnsafeRawBufferPointer {
    /// As C takes it: an address even where there is nothing.
    func withPointer<Result>(_ body: (UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
        guard let base = assumingMemoryBound(to: UInt8.self).baseAddress else {
            return try withUnsafePointer(to: UInt8(0)) { try body($0) }
        }
        return try body(base)
    }
}

extension SecretBytes {
    func withPointer<Result>(_ body: (UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
        try withBytes { try $0.withPointer(body) }
    }
}
