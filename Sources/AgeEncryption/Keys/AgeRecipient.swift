import Crypto
import Secrets

/// Somebody who can open what is sealed: a public key, as people write it.
public enum AgeRecipient: Hashable, Sendable, CustomStringConvertible {
    /// `age1…`: 32 bytes.
    case x25519([UInt8])
    /// `ssh-ed25519 AAAA…`: 32 bytes, and the comment behind it.
    case ssh([UInt8], comment: String)

    static let ageInfo = "age-encryption.org/v1/X25519"
    static let sshInfo = "age-encryption.org/v1/ssh-ed25519"

    /// Reads a line of an age recipients file or of an OpenSSH public key file.
    ///
    /// Throws ``AgeError``: `badKey`, or `unsupported` for a kind that kupgrade does not seal to (ssh-rsa, age plugins).
    public init(parsing text: String) throws(AgeError) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first else { throw AgeError(.badKey, "there is no recipient in an empty line") }
        if first == OpenSSHKey.kind {
            guard words.count >= 2, let key = OpenSSHKey.publicKey(base64: words[1]) else {
                throw AgeError(.badKey, "an ssh-ed25519 recipient is cut off or mistyped")
            }
            _ = try Curve.montgomery(publicKey: key)
            self = .ssh(key, comment: words.dropFirst(2).joined(separator: " "))
            return
        }
        if first.hasPrefix("ssh-") || first.hasPrefix("ecdsa-") || first.hasPrefix("sk-") {
            throw AgeError(.unsupported, "\(first) keys are not sealed to; use ssh-ed25519 or age1…")
        }
        // Never quoted: people put secret keys here by mistake.
        guard words.count == 1, let (prefix, bytes) = Bech32.decode(Array(first.utf8)) else {
            throw AgeError(.badKey, "a recipient is none: a letter is wrong or missing")
        }
        guard prefix == "age" else {
            throw AgeError(
                .unsupported,
                prefix.hasPrefix("age-secret-key")
                    ? "that is a secret key, and not a recipient"
                    : "recipients of another kind than age1… are not sealed to")
        }
        guard bytes.count == Curve.count, first == first.lowercased() else {
            throw AgeError(.badKey, "a recipient is none of age's")
        }
        self = .x25519(bytes)
    }

    /// As people write it, without an ssh key's comment.
    public var description: String {
        switch self {
        case .x25519(let key): Bech32.encode("age", key)
        case .ssh(let key, _): OpenSSHKey.kind + " " + OpenSSHKey.text(key)
        }
    }

    /// The same key, whatever the comment, and also where one is the other's form for X25519, as ssh-to-age makes it.
    public func isSameKey(as other: AgeRecipient) -> Bool {
        description == other.description || curveKey.map { $0 == other.curveKey } ?? false
    }

    private var curveKey: [UInt8]? {
        switch self {
        case .x25519(let key): key
        case .ssh(let key, _): try? Curve.montgomery(publicKey: key)
        }
    }

    func wrap(_ fileKey: SecretBytes) throws(AgeError) -> Header.Stanza {
        let ephemeral = Curve.randomScalar()
        let share = Curve.publicKey(of: ephemeral)
        let encoded = Base64.encode(share, .without)
        switch self {
        case .x25519(let key):
            let shared = try Curve.shared(ephemeral, key)
            let wrap = KeyDerivation.key(shared, salt: share + key, info: Self.ageInfo)
            return Header.Stanza(
                type: "X25519", arguments: [encoded], body: WrappedKey.seal(fileKey, under: wrap))
        case .ssh(let key, _):
            let point = try Curve.montgomery(publicKey: key)
            let shared = try Curve.shared(Self.tweak(key), try Curve.shared(ephemeral, point).copy())
            let wrap = KeyDerivation.key(shared, salt: share + point, info: Self.sshInfo)
            return Header.Stanza(
                type: OpenSSHKey.kind, arguments: [Self.tag(key), encoded],
                body: WrappedKey.seal(fileKey, under: wrap))
        }
    }

    /// Ties what is agreed on to the ssh key as a whole.
    static func tweak(_ key: [UInt8]) -> SecretBytes {
        KeyDerivation.key(SecretBytes([]), salt: OpenSSHKey.wire(key), info: sshInfo)
    }

    /// By which an identity sees that a stanza is its own: 4 bytes of a hash.
    static func tag(_ key: [UInt8]) -> String {
        Base64.encode(Array(SHA256.hash(data: OpenSSHKey.wire(key)).prefix(4)), .without)
    }
}

extension SecretBytes {
    /// Ordinary memory, where a C function wants an array; for values that are secret for one computation only.
    func copy() -> [UInt8] { withBytes { Array($0) } }
}
