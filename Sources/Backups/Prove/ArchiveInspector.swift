public import AgeEncryption
import Archiving
import Crypto
public import EtcdSnapshots
import PKI
public import Plans

/// An archive of which every byte was read, and is what its own list says.
public struct InspectedArchive: Sendable {
    public var manifest: Manifest
    public var proof: ProofRecord
    /// `nil` in an archive of files only.
    public var snapshot: SnapshotSummary?
    /// Paths of all files.
    public var files: Set<String>
    /// What links of nodes lead to, by their path in the archive.
    public var links: [String: String] = [:]
    /// What keys and certificates of the nodes say of themselves.
    public var keys: KeyRing
    /// Files and links of each node, by its name, with their places on it.
    public var nodeFiles: [String: [FileToPut]] = [:]
}

/// Reads a sealed archive to its end and holds it against its own list.
public enum ArchiveInspector {
    /// Beyond any manifest, proof or list.
    private static let smallLimit = 64 << 20
    private static let pieceCount = 256 << 10

    /// Throws `AgeError` (wrong key, cut off, changed), `ArchivingError`, `SnapshotError`, or ``BackupError`` `damaged`.
    ///
    /// `snapshot` gets the bytes of etcd's snapshot as they come, with its size: they are whole and checked only when this
    /// returns.
    public static func inspect(
        _ file: FileReader, with key: AgeKey,
        snapshot: ((UnsafeRawBufferPointer, Int64) throws -> Void)? = nil
    ) throws -> InspectedArchive {
        let source = OpenedSource(file, key)
        let reader = try ArchiveReader { try source.next() }
        var pass = Pass(copy: snapshot)
        while let entry = try reader.next() { try pass.take(entry, reader) }
        // The archive may end before the file does.
        while try !source.next().isEmpty {}
        return try pass.result()
    }

    /// What every format has.
    private struct Shape: Decodable {
        var format: Int
    }

    private struct Pass {
        let copy: ((UnsafeRawBufferPointer, Int64) throws -> Void)?
        var manifest: Manifest?
        var proof: ProofRecord?
        var list: DigestList?
        var snapshot: SnapshotSummary?
        var digests: [String: String] = [:]
        var keys = KeyRing()
        var nodeEntries: [ArchiveEntry] = []

        mutating func take(_ entry: ArchiveEntry, _ reader: ArchiveReader) throws {
            guard list == nil else { throw BackupError(.damaged, "\(entry.path) comes after the list of digests") }
            guard (manifest == nil) == (entry.path == ArchiveNames.manifest) else {
                throw BackupError(.damaged, "the manifest is not the archive's first entry")
            }
            if entry.path.hasPrefix(ArchiveNames.nodes) { nodeEntries.append(entry) }
            guard case .file = entry.kind else { return }
            guard digests[entry.path] == nil else { throw BackupError(.damaged, "\(entry.path) comes twice") }
            switch entry.path {
            case ArchiveNames.snapshot: try walk(entry, reader)
            case ArchiveNames.sums: list = try DigestList(parsing: try reader.contents(entry, limit: smallLimit))
            case ArchiveNames.manifest:
                let bytes = try small(entry, reader)
                guard try JSON.decode(Shape.self, bytes).format <= Manifest.currentFormat else {
                    throw BackupError(.damaged, "the archive is of a newer format than this kupgrade reads")
                }
                let manifest = try JSON.decode(Manifest.self, bytes)
                self.manifest = manifest
                keys = KeyRing(encryption: manifest.encryptionFiles)
            case ArchiveNames.proof: proof = try JSON.decode(ProofRecord.self, try small(entry, reader))
            default: try node(entry, reader)
            }
        }

        private mutating func small(_ entry: ArchiveEntry, _ reader: ArchiveReader) throws -> [UInt8] {
            let bytes = try reader.contents(entry, limit: smallLimit)
            digests[entry.path] = SHA256.hash(data: bytes).hexText
            return bytes
        }

        private mutating func walk(_ entry: ArchiveEntry, _ reader: ArchiveReader) throws {
            var walker = SnapshotWalker()
            try reader.read(entry) { bytes in
                try walker.write(bytes)
                try copy?(bytes, entry.size)
            }
            let summary = try walker.finish()
            digests[entry.path] = summary.fileDigest
            snapshot = summary
        }

        private mutating func node(_ entry: ArchiveEntry, _ reader: ArchiveReader) throws {
            guard entry.size <= KeyRing.limit, keys.mayHold(entry.path) else {
                var hash = SHA256()
                try reader.read(entry) { hash.update(bufferPointer: $0) }
                digests[entry.path] = hash.finalize().hexText
                return
            }
            keys.add(entry.path, try small(entry, reader))
        }

        func result() throws -> InspectedArchive {
            guard let manifest, let proof, let list else {
                throw BackupError(.damaged, "the archive lacks its manifest, its proof or its list of digests")
            }
            guard list.digests == digests else {
                let bad = Set(list.digests.keys).union(digests.keys).filter { list.digests[$0] != digests[$0] }
                throw BackupError(.damaged, "\(bad.sorted().first ?? "a file") is not what the list of digests says")
            }
            guard (manifest.etcd == nil && manifest.isFromDisk != true) == (snapshot == nil) else {
                throw BackupError(.damaged, "the manifest and the content disagree about etcd's snapshot")
            }
            return InspectedArchive(
                manifest: manifest, proof: proof, snapshot: snapshot, files: Set(digests.keys), links: links(),
                keys: keys,
                nodeFiles: nodeFiles())
        }

        private func links() -> [String: String] {
            let found = nodeEntries.compactMap { entry -> (String, String)? in
                guard case .link(let target) = entry.kind else { return nil }
                return (entry.path, target)
            }
            return Dictionary(found) { $1 }
        }

        private func nodeFiles() -> [String: [FileToPut]] {
            var files: [String: [FileToPut]] = [:]
            for entry in nodeEntries {
                let rest = entry.path.dropFirst(ArchiveNames.nodes.count)
                guard let slash = rest.firstIndex(of: "/") else { continue }
                var file = FileToPut(
                    path: String(rest[slash...]), owner: entry.owner, group: entry.group, mode: entry.mode & 0o7777,
                    sha256: nil, link: nil)
                switch entry.kind {
                case .folder: break
                case .file: file.sha256 = digests[entry.path]
                case .link(let target): file.link = target
                }
                files[String(rest[..<slash]), default: []].append(file)
            }
            return files.mapValues { $0.sorted { $0.path < $1.path } }
        }
    }
}

/// A sealed file as the bytes that are in it.
final class OpenedSource {
    private let file: FileReader
    private var opener: Opener?
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)

    init(_ file: FileReader, _ key: AgeKey) {
        self.file = file
        opener = Opener(key)
    }

    /// It failed before: the file does not count as whole, whoever asks again.
    private var failure: (any Error)?

    /// The next opened bytes; empty at the end of a whole file.
    func next() throws -> [UInt8] {
        if let failure { throw failure }
        do {
            return try read()
        } catch {
            failure = error
            throw error
        }
    }

    private func read() throws -> [UInt8] {
        var opened: [UInt8] = []
        opened.reserveCapacity(buffer.count)
        while opened.isEmpty, opener != nil {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 {
                if let opener = opener.take() { try opener.finish { opened.append(contentsOf: $0) } }
            } else {
                try buffer.withUnsafeBytes { try opener?.write(.init(rebasing: $0[..<count])) { opened += $0 } }
            }
        }
        return opened
    }
}
