import Backups
import UpgradePlanning

/// What hooks are told of a backup.
struct BackupEvent: Encodable {
    var point: String
    var cluster: String
    var at: Instant
    /// Of this host.
    var host: String
    /// One line for people.
    var summary: String
    /// `nil` where none was made.
    var archive: ArchiveFacts?
    /// Of the program's error; `nil` where there is none.
    var error: String?
    /// Replicas that failed, with the reason.
    var failedReplicas: [String: String] = [:]

    init(_ point: Hooks.Point, cluster: String, summary: String, world: World) {
        self.point = point.rawValue
        self.cluster = cluster
        at = world.now()
        host = HostName.own
        self.summary = summary
    }
}
