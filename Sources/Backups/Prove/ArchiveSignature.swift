public import AgeEncryption
import Crypto
public import UpgradePlanning

/// What can be said of an archive without any key to it: its catalog entry, its bytes, and who signed them.
public enum ArchiveSignature {
    private static let entryLimit = 1 << 20

    /// Reads the whole sealed file, and holds signature and entry against it.
    ///
    /// `path`: without a suffix. `signers`: who is believed; they come from the cluster file or the paper copy, never from
    /// beside the archive. Returns the entry and who signed. Throws ``BackupError``: `badSignature`, `damaged`, `cannotRead`.
    public static func verify(
        _ path: String, by signers: [SignerKey]
    ) throws -> (entry: ArchiveFacts, signer: SignerKey) {
        let text = try FileReader.contents(path + ArchiveNames.entry, limit: entryLimit)
        guard let entry = try? JSON.decode(ArchiveFacts.self, text), entry.format <= ArchiveFacts.currentFormat else {
            throw BackupError(.damaged, "the catalog entry cannot be read by this kupgrade")
        }
        let sealed = path + ArchiveNames.sealed
        let bytes = try FileReader.contents(sealed + ArchiveNames.signature, limit: entryLimit)
        let signature: FileSignature
        do {
            signature = try FileSignature(parsing: bytes)
        } catch {
            throw BackupError(.badSignature, "the signature cannot be read: \(error.message)")
        }
        guard let signer = signers.first(where: { signature.isNamed(by: $0) }) else {
            throw BackupError(.badSignature, "the archive is signed by somebody who is not one of the accepted signers")
        }
        try check(sealed, signature, signer, entry, text)
        return (entry, signer)
    }

    private static func check(
        _ sealed: String, _ signature: FileSignature, _ signer: SignerKey, _ entry: ArchiveFacts, _ text: [UInt8]
    ) throws {
        let (digest, hash, size) = try digests(of: sealed)
        do {
            try signature.verify(digest, by: signer)
        } catch {
            throw BackupError(.badSignature, "the signature is not of this file")
        }
        guard let comment = SignedComment(parsing: signature.trustedComment),
            comment.entryDigest == SHA256.hash(data: text).hexText
        else { throw BackupError(.badSignature, "the catalog entry is not the one that was signed") }
        let file = sealed.split(separator: "/").last.map(String.init) ?? sealed
        guard comment.file == file, comment.clusterID == entry.clusterID, entry.sha256 == hash, entry.size == size
        else {
            throw BackupError(.damaged, "the file, its name and its catalog entry do not belong together")
        }
    }

    private static func digests(of path: String) throws -> (signed: [UInt8], sha256: String, size: Int64) {
        let file = try FileReader(path)
        let signed = SignatureDigest()
        var hash = SHA256()
        var size: Int64 = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { break }
            size += Int64(count)
            buffer.withUnsafeBytes { bytes in
                let part = UnsafeRawBufferPointer(rebasing: bytes[..<count])
                signed.update(part)
                hash.update(bufferPointer: part)
            }
        }
        return (signed.finish(), hash.finalize().hexText, size)
    }
}
