import AgeEncryption
import Crypto

/// Where an archive's bytes go: sealed by age, into a file, digested twice on the way. Not to be shared between tasks.
final class SealedFile {
    private let file: PartFile
    private var sealer: Sealer?
    private var hash = SHA256()
    private let signed = SignatureDigest()
    private var count: Int64 = 0

    /// What was written.
    struct Digests {
        var size: Int64
        /// In hex.
        var sha256: String
        /// BLAKE2b-512, which minisign signs.
        var signed: [UInt8]
    }

    /// Throws `AgeError`.
    init(_ file: PartFile, to recipients: [AgeRecipient]) throws {
        self.file = file
        sealer = try Sealer(to: recipients)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        try sealer?.write(bytes, to: store)
    }

    func finish() throws -> Digests {
        if let sealer = sealer.take() { try sealer.finish(to: store) }
        return Digests(size: count, sha256: hash.finalize().hexText, signed: signed.finish())
    }

    private func store(_ sealed: UnsafeRawBufferPointer) throws {
        try file.write(sealed)
        hash.update(bufferPointer: sealed)
        signed.update(sealed)
        count += Int64(sealed.count)
    }
}
