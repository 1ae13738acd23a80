public import AgeEncryption
import Archiving
import Backups

/// A sealed archive with the key to it, for the steps that bring things from it to hosts.
public struct ArchiveSource: Sendable {
    /// Of the sealed file.
    public var path: String
    public var key: AgeKey

    public init(path: String, key: AgeKey) {
        self.path = path
        self.key = key
    }

    private static let fileLimit = 64 << 20

    /// etcd's snapshot in pieces: the next one is read while one is sent. `send` gets each with its offset.
    func snapshot(_ send: @escaping @Sendable ([UInt8], Int64) async throws -> Void) async throws {
        let pieces = try SnapshotPieces(path: path, key: key)
        var offset: Int64 = 0
        var current = try await pieces.next()
        while !current.isEmpty {
            async let following = pieces.next()
            try await send(current, offset)
            offset += Int64(current.count)
            current = try await following
        }
    }

    /// The bytes of files of one node, by their path on it.
    func files(of node: String, _ wanted: Set<String>) throws -> [String: [UInt8]] {
        let archive = try ArchiveOpening(try FileReader(path), with: key)
        let folder = ArchiveNames.folder(of: node)
        var files: [String: [UInt8]] = [:]
        while let entry = try archive.next() {
            guard entry.path.hasPrefix(folder + "/"), case .file = entry.kind else { continue }
            let place = String(entry.path.dropFirst(folder.count))
            if wanted.contains(place) { files[place] = try archive.contents(entry, limit: Self.fileLimit) }
        }
        return files
    }
}

/// The snapshot of an archive, opened and unpacked as it is asked for.
private actor SnapshotPieces {
    private let archive: ArchiveOpening
    private var remaining: Int64
    private static let count = 8 << 20

    init(path: String, key: AgeKey) throws {
        archive = try ArchiveOpening(try FileReader(path), with: key)
        guard let entry = try archive.findSnapshot() else {
            throw BackupError(.damaged, "the archive has no snapshot of etcd")
        }
        remaining = entry.size
    }

    /// Empty at the end. Throws `BackupError` where the archive ends before the snapshot does.
    func next() throws -> [UInt8] {
        let piece = try archive.piece(Self.count)
        remaining -= Int64(piece.count)
        guard piece.isEmpty ? remaining == 0 : remaining >= 0 else {
            throw BackupError(.damaged, "the archive ends within the snapshot")
        }
        return piece
    }
}
