import FoundationEssentials
public import UpgradePlanning

/// Reads the catalog of a folder of archives: the `.json` beside each, without any key.
public enum CatalogReader {
    /// Entries of this cluster, newest first. A file that is no entry, of a newer format, or without its archive, is left
    /// out; a folder that
    /// cannot be read is a reason.
    public static func read(_ folder: String, cluster: String) -> Observed<[ArchiveFacts]> {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            return .absent(Absence(.missing, "the folder of archives \(folder) cannot be read"))
        }
        let entries = names.filter { $0.hasSuffix(".json") }.sorted().suffix(limit).compactMap { name in
            entry(folder + "/" + name).flatMap { $0.name + ".json" == name ? $0 : nil }
        }
        let whole = entries.filter { $0.cluster == cluster && isThere($0, in: folder) }
        return .seen(whole.sorted { $0.createdAt > $1.createdAt })
    }

    private static let limit = 10_000

    /// An entry without its archive, or with one of another length, is no archive.
    private static func isThere(_ entry: ArchiveFacts, in folder: String) -> Bool {
        guard !entry.name.contains("/"), !entry.name.isEmpty else { return false }
        return fileSize("\(folder)/\(entry.name).tar.zst.age") == entry.size
    }

    /// `nil` for what is no regular file; a link is none.
    private static func fileSize(_ path: String) -> Int64? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard attributes?[.type] as? FileAttributeType == .typeRegular else { return nil }
        return (attributes?[.size] as? Int).map(Int64.init)
    }

    private static func entry(_ path: String) -> ArchiveFacts? {
        guard let size = fileSize(path), size <= 1 << 20, let data = FileManager.default.contents(atPath: path),
            let entry = try? JSONDecoder().decode(ArchiveFacts.self, from: data),
            entry.format <= ArchiveFacts.currentFormat
        else { return nil }
        return entry
    }
}
