import Backups
import Observation
import UpgradePlanning

/// Archives by what people call them.
struct BackupCatalog {
    let folder: ArchiveFolder
    let cluster: String
    let world: World

    init(option: String?, world: World) throws {
        let file = try ClusterFileLocation.load(option: option, world: world)
        folder = try BackupSettings(file: file, world: world).folder()
        cluster = file.name
        self.world = world
    }

    /// Newest first. Throws ``Problem`` where the folder cannot be read.
    func entries() throws -> [ArchiveFacts] {
        switch CatalogReader.read(folder.path, cluster: cluster) {
        case .seen(let entries): return entries
        case .absent(let absence):
            throw Problem(
                "KUP-E003", "the archives cannot be listed", because: [absence.reason], next: ["kupgrade backup create"]
            )
        }
    }

    /// `latest`, a name, or its beginning where only one has it. Throws ``Problem``.
    func entry(_ name: String) throws -> ArchiveFacts {
        let entries = try self.entries()
        let found = name == "latest" ? Array(entries.prefix(1)) : entries.filter { $0.name.hasPrefix(name) }
        guard let entry = found.first(where: { $0.name == name }) ?? (found.count == 1 ? found[0] : nil) else {
            throw Problem(
                "KUP-E083",
                found.isEmpty ? "there is no archive \(name)" : "\(name) is the beginning of several archives",
                next: ["kupgrade backup list"], status: .usage)
        }
        return entry
    }
}
