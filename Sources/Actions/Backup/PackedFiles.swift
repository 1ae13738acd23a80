import Archiving
import Backups
import Secrets

/// What `tar` packed, as entries of an archive.
enum PackedFiles {
    private static let fileLimit = 64 << 20

    /// `place`: where a path of the packing lies in the archive. `unlisted`: files that stay out, since a list of digests
    /// has one line for each; their names without line ends. Throws `ArchivingError`.
    static func read(
        _ bytes: [UInt8], limit: Int, place: (String) -> String
    ) throws -> (files: [NodeFiles.File], unlisted: [String]) {
        var rest = bytes[...]
        let reader = try ArchiveReader(limits: .init(entries: 20_000, bytes: Int64(limit))) {
            let part = rest.prefix(1 << 20)
            rest = rest.dropFirst(part.count)
            return Array(part)
        }
        var files: [NodeFiles.File] = []
        var unlisted: [String] = []
        var seen: Set<String> = []
        while var entry = try reader.next() {
            var content: SecretBytes?
            if case .file = entry.kind {
                var bytes = try reader.contents(entry, limit: fileLimit)
                content = SecretBytes(consuming: &bytes)
            }
            guard !entry.path.utf8.contains(where: { $0 == 10 || $0 == 13 }) else {
                unlisted.append("/" + String(entry.path.map { $0.isNewline ? "?" : $0 }))
                continue
            }
            entry.path = place(entry.path.split(separator: "/").joined(separator: "/"))
            // Packed twice where folders overlap.
            guard seen.insert(entry.path).inserted else { continue }
            files.append(NodeFiles.File(entry: entry, content: content))
        }
        return (files, unlisted)
    }
}
