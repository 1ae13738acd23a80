import Backups
import UpgradePlanning

/// Numbers for Prometheus' node exporter, as a text file that it collects.
struct BackupMetrics {
    /// What one `create` knows of its own making.
    struct Making: Codable, Hashable {
        var succeeded: Bool
        var seconds: Double
        var endedAt: Instant
    }

    let cluster: String
    /// Newest first.
    let entries: [ArchiveFacts]
    /// How many of the configured replicas have an archive.
    let replicas: (String) -> Int
    let replicasWanted: Int
    let now: Instant
    /// Of the last run; `nil` before the first.
    var making: Making?

    func text() -> String {
        var lines: [String] = []
        func add(_ name: String, _ help: String, _ value: String) {
            lines += [
                "# HELP kupgrade_backup_\(name) \(help)", "# TYPE kupgrade_backup_\(name) gauge",
                "kupgrade_backup_\(name){cluster=\"\(cluster)\"} \(value)",
            ]
        }
        let proven = entries.first { $0.grade == .proven }
        add("archives", "Archives that are listed.", "\(entries.count)")
        add(
            "newest_proven_timestamp_seconds", "When the newest proven archive was made; 0: there is none.",
            "\(proven?.createdAt.secondsSince1970 ?? 0)")
        if let proven {
            add(
                "newest_proven_age_seconds", "Its age when this was written.",
                "\(now.secondsSince1970 - proven.createdAt.secondsSince1970)")
            add("newest_proven_size_bytes", "Its size.", "\(proven.size)")
            add("newest_proven_revision", "etcd's revision in it.", "\(proven.revision)")
            add("newest_proven_replicas", "Replicas that have it.", "\(replicas(proven.name))")
        }
        add("replicas_wanted", "Replicas of the cluster file.", "\(replicasWanted)")
        if let newest = entries.first {
            add(
                "newest_timestamp_seconds", "When the newest archive was made, of whatever grade.",
                "\(newest.createdAt.secondsSince1970)")
            add("last_grade", "Of the newest archive: 2 proven, 1 checked, 0 suspect.", Self.number(newest.grade))
        }
        if let making {
            add(
                "last_run_succeeded", "Whether the last run made a proven archive, and its drill held.",
                making.succeeded ? "1" : "0")
            add("last_run_duration_seconds", "How long it took.", "\((making.seconds * 1_000).rounded() / 1_000)")
            add("last_run_timestamp_seconds", "When it ended.", "\(making.endedAt.secondsSince1970)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func number(_ grade: ArchiveFacts.Grade) -> String {
        switch grade {
        case .proven: "2"
        case .checked: "1"
        case .suspect: "0"
        }
    }
}
