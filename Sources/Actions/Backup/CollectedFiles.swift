import Archiving
import Backups
import FoundationEssentials
import NodeAccess
public import Observation
import Secrets
public import UpgradePlanning

/// A node's part of an archive on its way to the maker: a line of JSON, then `tar` in zstd.
///
/// For makers that may not log in as root: the node's own `kupgrade backup collect` is all that their key can run.
public enum CollectedFiles {
    private static let limit = 256 << 20
    private static let headerLimit = 1 << 20
    private static let deadline = Duration.seconds(180)

    /// On the node: everything, for standard output. Throws `BackupError`, `ArchivingError`, `NodeAccessError`.
    public static func pack(
        _ facts: ClusterFacts, _ ways: ClusterObserver.Ways, extra: [String],
        to sink: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        guard let node = facts.nodes.first, let host = node.host.value, let session = ways.sessions[node.name] else {
            throw BackupError(.cannotRead, facts.nodes.first?.host.absence?.reason ?? "this host cannot be looked at")
        }
        let found = await NodeFilesReader(name: node.name, host: host, extra: extra).read(session)
        if let absence = found.node.absence { throw BackupError(.cannotRead, absence) }
        let header = try JSONEncoder().encode(found.node) + [10]
        try header.withUnsafeBytes { try sink($0) }
        let writer = try ArchiveWriter(to: sink)
        for file in found.files {
            try writer.begin(file.entry)
            try file.content?.withBytes { if !$0.isEmpty { try writer.write($0) } }
        }
        try writer.finish()
    }

    /// On the maker's host: under the name that the cluster file gives the node. What cannot be had is a reason.
    ///
    /// `extra`: folders that the maker's cluster file asks for; the node takes those of its own.
    static func read(_ name: NodeName, _ ssh: SSHOnce, extra: [String]) async -> NodeFiles {
        do {
            var bytes = try await ssh.run(deadline: deadline, outputLimit: limit)
            defer { SecretBytes.overwrite(&bytes) }
            var found = try unpack(bytes, as: name)
            found.node.missing += unasked(extra, found)
            return found
        } catch {
            var node = Manifest.Node(name: name)
            node.absence = "\(error)"
            return NodeFiles(node: node)
        }
    }

    /// Folders that it neither sent nor said to lack.
    static func unasked(_ extra: [String], _ found: NodeFiles) -> [String] {
        extra.filter { folder in
            let place = found.node.place(of: folder)
            return !found.node.missing.contains { $0.hasPrefix("\(folder) (") }
                && !found.files.contains { $0.entry.path == place || $0.entry.path.hasPrefix(place + "/") }
        }.map { "\($0) was not collected: backup.folders of its own cluster file does not name it" }
    }

    /// Throws `BackupError` `cannotRead` or `ArchivingError` for anything that ``pack(_:_:extra:to:)`` does not write.
    static func unpack(_ bytes: [UInt8], as name: NodeName) throws -> NodeFiles {
        guard let end = bytes.prefix(headerLimit).firstIndex(of: 10),
            var node = try? JSONDecoder().decode(Manifest.Node.self, from: Data(bytes[..<end]))
        else { throw BackupError(.cannotRead, "what \(name) sends is no part of an archive") }
        let theirs = node.place(of: "/")
        node.name = name
        let own = node.place(of: "/")
        var isForeign = false
        let (files, unlisted) = try PackedFiles.read(Array(bytes[(end + 1)...]), limit: limit) { path in
            if !path.hasPrefix(theirs) { isForeign = true }
            return own + path.dropFirst(theirs.count)
        }
        guard !isForeign else { throw BackupError(.cannotRead, "\(name) sends files of another host") }
        node.missing += unlisted
        return NodeFiles(node: node, files: files)
    }
}
