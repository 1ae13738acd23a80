public import AgeEncryption
public import Archiving

/// A sealed archive that is read entry by entry, for a restore that needs some of them.
///
/// What is read has not been held against the archive's list: whoever uses it compares digests with those of an
/// ``InspectedArchive`` of the same file. Not to be shared between tasks.
public final class ArchiveOpening {
    private let reader: ArchiveReader

    /// Throws `AgeError`, `ArchivingError`.
    public init(_ file: FileReader, with key: AgeKey) throws {
        let source = OpenedSource(file, key)
        reader = try ArchiveReader { try source.next() }
    }

    /// The next entry; `nil` at the end.
    public func next() throws -> ArchiveEntry? { try reader.next() }

    /// The next bytes of the entry that was read last; empty at its end.
    public func piece(_ count: Int) throws -> [UInt8] { try reader.piece(count) }

    /// The next entry of a path; `nil` where none follows.
    public func find(_ path: String) throws -> ArchiveEntry? {
        while let entry = try next() { if entry.path == path { return entry } }
        return nil
    }

    /// etcd's snapshot in an archive; `nil` where it has none.
    public func findSnapshot() throws -> ArchiveEntry? { try find(ArchiveNames.snapshot) }

    /// Bytes of a small entry. Throws where it is larger than `limit`.
    public func contents(_ entry: ArchiveEntry, limit: Int) throws -> [UInt8] {
        try reader.contents(entry, limit: limit)
    }
}
