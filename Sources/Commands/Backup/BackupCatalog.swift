import AgeEncryption
import Backups
import Observation
import UpgradePlanning

/// Archives by what people call them, each as far as it is to be believed.
struct BackupCatalog {
    let folder: ArchiveFolder
    let cluster: String
    let world: World
    /// Who is believed.
    let signers: [SignerKey]

    init(option: String?, world: World) throws {
        try self.init(file: try ClusterFileLocation.load(option: option, world: world), world: world)
    }

    init(file: ClusterFile, world: World) throws {
        folder = try BackupSettings(file: file, world: world).folder()
        cluster = file.name
        signers = file.backup.signerKeys
        self.world = world
    }

    /// One archive, with what its signature says of it.
    struct Archive: Codable, Hashable, Sendable {
        /// Suspect where it is not to be believed, whatever it says of itself.
        var facts: ArchiveFacts
        /// Nobody signed it who is accepted: nobody's business but their own, so nothing decides about it.
        var isForeign: Bool
    }

    /// Newest first. Throws ``Problem`` where the folder cannot be read.
    func archives() throws(Problem) -> [Archive] {
        switch Self.read(folder.path, cluster: cluster, signers: signers) {
        case .seen(let archives): return archives
        case .absent(let absence):
            throw Problem(
                "KUP-E003", "the archives cannot be listed", because: [absence.reason], next: ["kupgrade backup create"]
            )
        }
    }

    /// Their facts. Throws ``Problem`` where the folder cannot be read.
    func entries() throws(Problem) -> [ArchiveFacts] { try archives().map(\.facts) }

    static func read(_ folder: String, cluster: String, signers: [SignerKey]) -> Observed<[Archive]> {
        switch CatalogReader.read(folder, cluster: cluster) {
        case .absent(let absence): .absent(absence)
        case .seen(let entries):
            .seen(
                entries.map { entry in
                    let trust = EntryTrust.of("\(folder)/\(entry.name)", entry, signers: signers)
                    let isForeign = if case .refused = trust { true } else { false }
                    return Archive(facts: trust.judged(entry), isForeign: isForeign)
                })
        }
    }

    /// `latest`, a name, or its beginning where only one has it. Throws ``Problem``.
    func entry(_ name: String) throws -> ArchiveFacts {
        let entries = name.isEmpty ? [] : try self.entries()
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
