import Crypto

/// The public half of a key pair, in a form that two sources can be compared in.
///
/// A certificate carries it, `ssh-keygen -y` and `openssl pkey -pubout` print it: so a node can tell whether a
/// private key fits its certificate, and the private key never leaves the node. Two values are equal when the keys
/// are the same key: an RSA modulus or exponent is compared as a number, a point on a curve in its uncompressed form.
public struct PublicKeyIdentity: Hashable, Sendable, CustomStringConvertible {
    enum Curve: String, Hashable, Sendable, CaseIterable {
        case p256 = "nistp256"
        case p384 = "nistp384"
        case p521 = "nistp521"

        /// Bytes of one coordinate.
        var coordinateBytes: Int {
            switch self {
            case .p256: 32
            case .p384: 48
            case .p521: 66
            }
        }
    }

    enum Material: Hashable, Sendable {
        /// Big-endian, without leading zeros.
        case rsa(modulus: [UInt8], exponent: [UInt8])
        /// `04`, x, y.
        case elliptic(Curve, point: [UInt8])
        case ed25519([UInt8])
    }

    let material: Material

    init(rsaModulus: some Sequence<UInt8>, exponent: some Sequence<UInt8>) throws(PKIError) {
        let modulus = Array(rsaModulus.drop { $0 == 0 })
        let exponent = Array(exponent.drop { $0 == 0 })
        guard !modulus.isEmpty, !exponent.isEmpty else {
            throw PKIError(.malformed, "an RSA key has no modulus or no exponent")
        }
        material = .rsa(modulus: modulus, exponent: exponent)
    }

    init(curve: Curve, point: some Sequence<UInt8>) throws(PKIError) {
        let point = Array(point)
        guard point.count == 1 + 2 * curve.coordinateBytes, point.first == 4 else {
            throw PKIError(.malformed, "a point on \(curve.rawValue) is not in its uncompressed form")
        }
        material = .elliptic(curve, point: point)
    }

    init(ed25519 bytes: some Sequence<UInt8>) throws(PKIError) {
        let bytes = Array(bytes)
        guard bytes.count == 32 else { throw PKIError(.malformed, "an Ed25519 key is not 32 bytes long") }
        material = .ed25519(bytes)
    }

    /// The kind of key and its size: `RSA 2048`, `nistp256`, `Ed25519`.
    public var description: String {
        switch material {
        case .rsa(let modulus, _):
            "RSA \(modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0))"
        case .elliptic(let curve, _): curve.rawValue
        case .ed25519: "Ed25519"
        }
    }

    /// SHA-256 of the key in a form of our own, 64 hex digits: equal where the keys are the same.
    public var fingerprint: String {
        let parts: [[UInt8]] =
            switch material {
            case .rsa(let modulus, let exponent): [Array("rsa".utf8), modulus, exponent]
            case .elliptic(let curve, let point): [Array(curve.rawValue.utf8), point]
            case .ed25519(let key): [Array("ed25519".utf8), key]
            }
        var hash = SHA256()
        for part in parts {
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
