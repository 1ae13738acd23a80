import Actions
import Backups
import NodeAccess
import Observation
import UpgradePlanning

/// Copies of archives at the places that the cluster file names.
struct Replicas {
    let file: ClusterFile
    let folder: ArchiveFolder
    let world: World
    let progress: BackupProgress

    /// `newPlaces`: replicas whose mark is not asked for. Throws what stops all of them; what fails at one is in its report.
    func send(_ archives: [ArchiveFacts], newPlaces: Bool = false) async throws -> [Replicator.Report] {
        guard !file.backup.replicas.isEmpty else { return [] }
        let known = newPlaces ? [:] : BackupState.load(world, cluster: file.name).replicaMarks ?? [:]
        let replicator = Replicator(
            folder: folder, routes: file.backup.replicas.map { route($0, known) },
            ssh: SSHSettings(configFile: file.sshConfig), now: world.now(), report: progress.show)
        let reports = try await replicator.run(archives)
        // Hours may have gone by: what others wrote meanwhile stays.
        var state = BackupState.load(world, cluster: file.name)
        var marks = state.replicaMarks ?? [:]
        for report in reports { if let mark = report.mark { marks[report.place.description] = mark } }
        state.replicaMarks = marks
        try state.save(world, cluster: file.name)
        return reports
    }

    private func route(_ place: ReplicaPlace, _ known: [String: String]) -> Replicator.Route {
        Replicator.Route(place: place, endpoint: endpoint(place), mark: known[place.description])
    }

    private func endpoint(_ place: ReplicaPlace) -> NodeEndpoint? {
        guard case .host(let user, let name, _) = place else { return nil }
        if user == nil, let node = file.endpoints.first(where: { $0.name == name }) { return node }
        return NodeEndpoint(name: place.description, addresses: [name], user: user)
    }

    /// A line for each place.
    static func lines(_ reports: [Replicator.Report]) -> [[String]] {
        reports.map { report in
            var sent = report.sent.isEmpty ? "up to date" : "\(Amount.count(report.sent.count, "archive")) sent"
            if !report.gone.isEmpty {
                sent += "; gone from there: \(Amount.count(report.gone.count, "archive"))"
            }
            return ["replica", report.place.description, report.failure.map { "FAILED: \($0)" } ?? sent]
        }
    }

    /// Archives that a place should have and lacks, by what is noted.
    static func behind(_ entries: [ArchiveFacts], _ folder: ArchiveFolder, _ file: ClusterFile) -> [(
        place: ReplicaPlace, count: Int
    )] {
        file.backup.replicas.map { place in
            (place, ReplicaPlan.pending(entries, notes: folder.notes, place: place).count)
        }
    }
}
