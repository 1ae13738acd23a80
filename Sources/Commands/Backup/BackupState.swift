import Backups
import FoundationEssentials
import UpgradePlanning

/// What this host remembers of a cluster's folder of archives from one time to the next.
struct BackupState: Codable, Hashable {
    /// The mark in the folder.
    var place: String?
    /// Of the last prune.
    var lastPrune: PruneRecord?
    /// The mark of each replica, by its place.
    var replicaMarks: [String: String]?

    /// Empty where nothing is remembered, or it cannot be read.
    static func load(_ world: World, cluster: String) -> BackupState {
        guard let data = FileManager.default.contents(atPath: path(world, cluster)), data.count < 1 << 20 else {
            return BackupState()
        }
        return (try? JSONDecoder().decode(BackupState.self, from: data)) ?? BackupState()
    }

    func save(_ world: World, cluster: String) throws {
        try StandardFiles.replace(Self.path(world, cluster), with: Array(try JSONText.encode(self).utf8))
    }

    private static func path(_ world: World, _ cluster: String) -> String {
        "\(world.stateFolder)/archives/\(cluster).json"
    }
}
