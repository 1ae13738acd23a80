import FoundationEssentials
public import UpgradePlanning

/// Reads the catalog of a folder of archives: the `.json` beside each, without any key.
public enum CatalogReader {
    /// Entries of this cluster, newest first. A file that is no entry, or of a newer format, is left out; a folder that
    /// cannot be read is a reason.
    public static func read(_ folder: String, cluster: String) -> Observed<[ArchiveFacts]> {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            return .absent(Absence(.missing, "the folder of archives \(folder) cannot be read"))
        }
        let entries = names.filter { $0.hasSuffix(".json") }.sorted().suffix(limit).compactMap { name in
            entry(folder + "/" + name)
        }
        return .seen(entries.filter { $0.cluster == cluster }.sorted { $0.createdAt > $1.createdAt })
    }

    private static let limit = 10_000

    private static func entry(_ path: String) -> ArchiveFacts? {
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? Int.max
        guard size <= 1 << 20, let data = FileManager.default.contents(atPath: path),
            let entry = try? JSONDecoder().decode(ArchiveFacts.self, from: data),
            entry.format <= ArchiveFacts.currentFormat
        else { return nil }
        return entry
    }
}
