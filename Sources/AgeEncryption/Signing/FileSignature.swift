import CSodium

/// A minisign signature: of a file by its BLAKE2b digest, and of a comment that can be trusted.
public struct FileSignature: Hashable, Sendable {
    public let untrustedComment: String
    /// 8 bytes.
    let keyID: [UInt8]
    /// 64 bytes, over the digest.
    let signature: [UInt8]
    /// Only to be believed after ``verify(_:by:)``.
    public let trustedComment: String
    /// 64 bytes, over signature and trusted comment.
    let globalSignature: [UInt8]

    private static let algorithm = Array("ED".utf8)
    private static let untrusted = "untrusted comment: "
    private static let trusted = "trusted comment: "

    init(
        untrustedComment: String, keyID: [UInt8], signature: [UInt8], trustedComment: String, globalSignature: [UInt8]
    ) {
        self.untrustedComment = untrustedComment
        self.keyID = keyID
        self.signature = signature
        self.trustedComment = trustedComment
        self.globalSignature = globalSignature
    }

    /// Reads a signature file. Throws ``AgeError``: `malformed`, or `unsupported` for one of the old kind that is not
    /// over a digest.
    public init(parsing file: [UInt8]) throws(AgeError) {
        let lines = file.split(separator: 10, omittingEmptySubsequences: false)
            .map { $0.last == 13 ? $0.dropLast() : $0 }.map { String(decoding: $0, as: UTF8.self) }
        guard file.count <= 16_384, lines.count >= 4, lines.dropFirst(4).allSatisfy(\.isEmpty),
            lines[0].hasPrefix(Self.untrusted), lines[2].hasPrefix(Self.trusted),
            let bytes = Base64.decode(lines[1].utf8, .with), bytes.count == 74,
            let global = Base64.decode(lines[3].utf8, .with), global.count == 64
        else { throw AgeError(.malformed, "the file is no signature of minisign") }
        guard bytes.starts(with: Self.algorithm) else {
            throw AgeError(.unsupported, "the signature is not over the file's digest")
        }
        self.init(
            untrustedComment: String(lines[0].dropFirst(Self.untrusted.count)), keyID: Array(bytes[2..<10]),
            signature: Array(bytes[10...]), trustedComment: String(lines[2].dropFirst(Self.trusted.count)),
            globalSignature: global)
    }

    /// The file.
    public var text: String {
        """
        \(Self.untrusted)\(untrustedComment)
        \(Base64.encode(Self.algorithm + keyID + signature, .with))
        \(Self.trusted)\(trustedComment)
        \(Base64.encode(globalSignature, .with))

        """
    }

    /// Whether it names this key; whether it holds only ``verify(_:by:)`` tells.
    public func isNamed(by signer: SignerKey) -> Bool { keyID == signer.id }

    /// Throws ``AgeError``: `otherSigner` where it names another key, `badSignature` where file or comment are not what
    /// was signed.
    public func verify(_ digest: [UInt8], by signer: SignerKey) throws(AgeError) {
        guard isNamed(by: signer) else {
            throw AgeError(.otherSigner, "the signature is by another key than \(signer.name)")
        }
        guard crypto_sign_verify_detached(signature, digest, UInt64(digest.count), signer.key) == 0 else {
            throw AgeError(.badSignature, "the file is not the one that \(signer.name) signed")
        }
        try verifyComment(by: signer)
    }

    /// The trusted comment alone, which can be believed without the file: it is signed together with the signature of
    /// the file. Throws as ``verify(_:by:)``.
    public func verifyComment(by signer: SignerKey) throws(AgeError) {
        guard isNamed(by: signer) else {
            throw AgeError(.otherSigner, "the signature is by another key than \(signer.name)")
        }
        let text = signature + Array(trustedComment.utf8)
        guard crypto_sign_verify_detached(globalSignature, text, UInt64(text.count), signer.key) == 0 else {
            throw AgeError(.badSignature, "the comment is not the one that \(signer.name) signed")
        }
    }

    /// One line: what breaks it becomes a space.
    static func line(_ text: String) -> String {
        String(text.map { $0.isNewline || $0.asciiValue.map { $0 < 32 } == true ? " " : $0 })
    }
}
