import CSodium
import Secrets

/// The payload's cipher: ChaCha20-Poly1305 over pieces of 64 KiB, each with its number and whether it is the last
/// (STREAM; C2SP, `age.md`).
struct ChunkCipher: Sendable {
    static let plainCount = 64 << 10
    static let codeCount = 16
    static let sealedCount = plainCount + codeCount
    static let nonceCount = 16

    enum Place: Sendable { case inside, last }

    private let key: SecretBytes

    init(fileKey: SecretBytes, nonce: [UInt8]) {
        key = KeyDerivation.key(fileKey, salt: nonce, info: "payload")
    }

    /// Seals `plain` (at most 64 KiB) into `sealed`, which is 16 bytes longer.
    func seal(
        _ plain: UnsafeRawBufferPointer, number: UInt64, _ place: Place, into sealed: UnsafeMutableRawBufferPointer
    ) {
        let nonce = Self.nonce(number, place)
        guard let target = sealed.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
        key.withPointer { key in
            plain.withPointer { source in
                _ = crypto_aead_chacha20poly1305_ietf_encrypt(
                    target, nil, source, UInt64(plain.count), nil, 0, nil, nonce, key)
            }
        }
    }

    /// Opens `sealed` into `plain`, which is 16 bytes shorter; `false` when it is not what was sealed at this place.
    func open(
        _ sealed: UnsafeRawBufferPointer, number: UInt64, _ place: Place, into plain: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let nonce = Self.nonce(number, place)
        // Where there is nothing to write, it still wants an address.
        var nothing: UInt8 = 0
        let target = plain.assumingMemoryBound(to: UInt8.self).baseAddress
        return key.withPointer { key in
            sealed.withPointer { source in
                withUnsafeMutablePointer(to: &nothing) { nothing in
                    crypto_aead_chacha20poly1305_ietf_decrypt(
                        target ?? nothing, nil, nil, source, UInt64(sealed.count), nil, 0, nonce, key) == 0
                }
            }
        }
    }

    /// Eleven bytes of number, most significant first, and one that is 1 for the last piece.
    private static func nonce(_ number: UInt64, _ place: Place) -> [UInt8] {
        [0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) } + [place == .last ? 1 : 0]
    }
}
