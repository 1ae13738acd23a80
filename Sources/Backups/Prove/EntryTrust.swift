public import AgeEncryption
import Crypto
public import UpgradePlanning

/// Whether a catalog entry is what an accepted signer said: without reading the archive, since the signature's comment
/// carries the entry's digest.
public enum EntryTrust: Hashable, Sendable {
    /// By a signer, named as minisign names it.
    case signed(by: String)
    /// Nobody was named who is to be believed.
    case unchecked
    /// Why it is not to be believed.
    case refused(String)

    private static let limit = 1 << 20

    /// `path`: without a suffix.
    public static func of(_ path: String, _ entry: ArchiveFacts, signers: [SignerKey]) -> EntryTrust {
        guard !signers.isEmpty else { return .unchecked }
        guard
            let bytes = try? FileReader.contents(path + ArchiveNames.sealed + ArchiveNames.signature, limit: limit),
            let text = try? FileReader.contents(path + ArchiveNames.entry, limit: limit)
        else { return .refused("it is not signed") }
        guard let signature = try? FileSignature(parsing: bytes) else {
            return .refused("its signature cannot be read")
        }
        guard let signer = signers.first(where: { signature.isNamed(by: $0) }) else {
            return .refused("it is not signed by an accepted signer")
        }
        do {
            try signature.verifyComment(by: signer)
        } catch {
            return .refused("its signature is not good")
        }
        let comment = SignedComment(parsing: signature.trustedComment)
        guard comment?.entryDigest == SHA256.hash(data: text).hexText,
            comment?.file == entry.name + ArchiveNames.sealed, comment?.clusterID == entry.clusterID
        else { return .refused("its catalog entry is not the one that was signed") }
        return .signed(by: signer.name)
    }

    /// The entry as it counts: one that is not to be believed is suspect, whatever it says of itself.
    public func judged(_ entry: ArchiveFacts) -> ArchiveFacts {
        guard case .refused(let reason) = self else { return entry }
        var entry = entry
        entry.grade = .suspect
        entry.reasons = [reason] + entry.reasons
        return entry
    }
}
