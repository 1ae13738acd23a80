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
    /// How the last run went.
    var making: BackupMetrics.Making?

    /// Empty where nothing is remembered. What cannot be read remembers a place that no folder is.
    static func load(_ world: World, cluster: String) -> BackupState {
        guard StandardFiles.exists(path(world, cluster)) else { return BackupState() }
        let data = FileManager.default.contents(atPath: path(world, cluster)) ?? Data()
        if data.count < 1 << 20, let state = try? JSONDecoder().decode(BackupState.self, from: data) { return state }
        var state = BackupState()
        state.place = "what \(path(world, cluster)) says, which cannot be read"
        return state
    }

    func save(_ world: World, cluster: String) throws {
        try StandardFiles.replace(Self.path(world, cluster), with: Array(try JSONText.encode(self).utf8))
    }

    private static func path(_ world: World, _ cluster: String) -> String {
        "\(world.stateFolder)/archives/\(cluster).json"
    }
}
