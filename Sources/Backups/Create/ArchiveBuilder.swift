public import AgeEncryption
public import Archiving
import Crypto
import FoundationEssentials
public import UpgradePlanning

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Builds an archive in one pass: entries come in the order of the format, and go compressed and sealed into
/// `NAME.tar.zst.age.part`.
///
/// Order: the manifest, etcd's snapshot, the nodes' files, the proof; the list of digests comes by itself. Until
/// ``publish(_:signedBy:)`` nothing has the archive's name, and what was written is removed with the builder. Beside the
/// user's recipients it seals to one that lives in this memory only, so that the file can be read back from the disk and
/// proven without the user's identity.
public final class ArchiveBuilder {
    public let name: String
    private let path: String
    private let file: PartFile
    private let sealed: SealedFile
    private let archive: ArchiveWriter
    private let createdAt: Instant
    private let proving: AgeIdentity
    private var list = DigestList()
    private var hash = SHA256()
    private var open: ArchiveEntry?
    private var digests: SealedFile.Digests?

    /// Throws ``BackupError`` or `AgeError`.
    public init(name: String, in folder: String, to recipients: [AgeRecipient], at time: Instant) throws {
        self.name = name
        createdAt = time
        path = "\(folder)/\(name)\(ArchiveNames.sealed)"
        proving = AgeIdentity.generate()
        file = try PartFile(path)
        let sealed = try SealedFile(file, to: recipients + [proving.recipient])
        self.sealed = sealed
        archive = try ArchiveWriter { try sealed.write($0) }
    }

    /// Begins an entry whose bytes come by ``write(_:)``. Throws `ArchivingError` or ``BackupError``.
    public func begin(_ entry: ArchiveEntry) throws {
        try archive.begin(entry)
        hash = SHA256()
        open = entry
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        hash.update(bufferPointer: bytes)
        try archive.write(bytes)
    }

    /// For a file that the caller digests itself: see ``end(digest:)``.
    public func writeUndigested(_ bytes: UnsafeRawBufferPointer) throws { try archive.write(bytes) }

    /// Ends the entry that was begun. `digest`: the file's SHA-256 in hex, where it was written undigested.
    public func end(digest: String? = nil) {
        if let open, case .file = open.kind { list.add(open.path, digest ?? hash.finalize().hexText) }
        open = nil
    }

    public func add(_ entry: ArchiveEntry, _ bytes: [UInt8]) throws {
        try begin(entry)
        try bytes.withUnsafeBytes { if !$0.isEmpty { try write($0) } }
        end()
    }

    /// A value as JSON, by its path.
    public func add(_ path: String, json value: some Encodable) throws { try add(path, text: try JSON.encode(value)) }

    private func add(_ path: String, text: [UInt8]) throws {
        let size = Int64(text.count)
        try add(
            ArchiveEntry(
                path: path, kind: .file(size: size), mode: 0o600, modifiedAt: createdAt.secondsSince1970), text)
    }

    /// An entry for a file of so many bytes that is made now.
    public func entry(_ path: String, size: Int64) -> ArchiveEntry {
        ArchiveEntry(path: path, kind: .file(size: size), mode: 0o600, modifiedAt: createdAt.secondsSince1970)
    }

    /// Ends the archive: it is on the disk as a whole when this returns, under no name yet.
    public func finish() throws {
        try add(ArchiveNames.sums, text: Array(list.text.utf8))
        try archive.finish()
        digests = try sealed.finish()
        try file.flush()
    }

    /// Bytes of the sealed archive; 0 before ``finish()``.
    public var size: Int64 { digests?.size ?? 0 }
    public var sha256: String { digests?.sha256 ?? "" }

    /// Reads the file back from the disk and checks all of it. Throws ``BackupError`` or what the rooms below throw.
    public func readBack() throws -> InspectedArchive {
        try ArchiveInspector.inspect(try file.reader(), with: .identities([proving]))
    }

    /// Opens this archive and no other, for as long as this memory lasts.
    public var provingKey: AgeKey { .identities([proving]) }

    /// Publishes the archive, its signature and its catalog entry, in this order: nothing is listed that is not whole.
    public func publish(_ entry: ArchiveFacts, signedBy key: SigningKey) throws {
        guard let digests else { throw BackupError(.cannotWrite, "the archive is not whole") }
        let text = try JSON.encode(entry)
        let comment = SignedComment(entry: entry, entryDigest: SHA256.hash(data: text).hexText)
        let signature = key.sign(
            digests.signed, untrustedComment: "signature by kupgrade of an archive", trustedComment: comment.text)
        try file.publish()
        let signed = path + ArchiveNames.signature
        let entryPath = path.dropLast(ArchiveNames.sealed.count) + ArchiveNames.entry
        do {
            try PartFile.write(signed, Array(signature.text.utf8))
            try PartFile.write(String(entryPath), text)
        } catch {
            // Without all three it is none, and a full disk needs the room.
            for file in [String(entryPath), signed, path] { unlink(file) }
            throw error
        }
    }
}

/// JSON that people can read and compare: sorted, indented, with a newline at its end.
enum JSON {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [10]
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw BackupError(.damaged, "a part of the archive is not the JSON that it should be")
        }
    }
}
