public import Backups
public import NodeAccess
public import UpgradePlanning

/// Brings archives to their replicas: everything that a place lacks, the newest first, all places at the same time. What
/// fails at one place is reported and hinders no other.
public struct Replicator: Sendable {
    /// A place with the way there.
    public struct Route: Sendable {
        public var place: ReplicaPlace
        /// `nil` for rclone's.
        public var endpoint: NodeEndpoint?
        /// The place's mark as this host knows it; `nil` before the first time.
        public var mark: String?

        public init(place: ReplicaPlace, endpoint: NodeEndpoint?, mark: String?) {
            self.place = place
            self.endpoint = endpoint
            self.mark = mark
        }
    }

    /// How it went with one place.
    public struct Report: Sendable, Hashable {
        public var place: ReplicaPlace
        /// Archives that are there now and were not known to be before.
        public var sent: [String] = []
        public var bytes: Int64 = 0
        /// Archives that were there the last time and are there no more.
        public var gone: [String] = []
        public var mark: String?
        /// One sentence; `nil` where all went well.
        public var failure: String?

        public init(place: ReplicaPlace) { self.place = place }
    }

    public enum Event: Sendable {
        case sending(place: ReplicaPlace, name: String, done: Int64, size: Int64)
    }

    public let folder: ArchiveFolder
    public let routes: [Route]
    public let ssh: SSHSettings
    public let now: Instant
    let report: @Sendable (Event) -> Void

    public init(
        folder: ArchiveFolder, routes: [Route], ssh: SSHSettings, now: Instant,
        report: @escaping @Sendable (Event) -> Void
    ) {
        self.folder = folder
        self.routes = routes
        self.ssh = ssh
        self.now = now
        self.report = report
    }

    /// `archives`: of the catalog. One report for each route, in their order. Throws only when this host cannot start what
    /// it needs, or when the task is cancelled.
    public func run(_ archives: [ArchiveFacts]) async throws -> [Report] {
        guard let lock = folder.lockForSending() else {
            return routes.map { route in
                var report = Report(place: route.place)
                report.failure = "another kupgrade is sending archives of \(folder.path)"
                return report
            }
        }
        defer { withExtendedLifetime(lock) {} }
        let endpoints = routes.compactMap(\.endpoint)
        let notes = NoteKeeper(folder: folder, now: now)
        let extras = try await RecoveryFiles(folder: folder).files()
        return try await withNodeConnections(to: endpoints, settings: ssh) { connections in
            await withTaskGroup(of: (Int, Report).self) { group in
                var free = connections[...]
                for (index, route) in routes.enumerated() {
                    let connection = route.endpoint == nil ? nil : free.popFirst()
                    group.addTask {
                        let replication = Replication(
                            route: route, connection: connection, folder: folder, notes: notes, extras: extras,
                            report: report)
                        return (index, await replication.run(archives))
                    }
                }
                var reports: [(Int, Report)] = []
                for await report in group { reports.append(report) }
                return reports.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
    }
}

/// Writes what became of archives, one after the other.
actor NoteKeeper {
    private let folder: ArchiveFolder
    private let now: Instant

    init(folder: ArchiveFolder, now: Instant) {
        self.folder = folder
        self.now = now
    }

    /// What was noted of a place no longer holds.
    func forget(_ place: ReplicaPlace, of names: [String]) throws {
        for name in names where folder.notes(of: name).knows(place) {
            try folder.note(name) {
                $0.replicas[place.description] = nil
                $0.gone?[place.description] = nil
            }
        }
    }

    /// Copies are not where they were.
    func lose(_ place: ReplicaPlace, _ names: [String]) throws {
        for name in names {
            try folder.note(name) {
                $0.replicas[place.description] = nil
                $0.gone = ($0.gone ?? [:]).merging([place.description: now]) { $1 }
            }
        }
    }

    func keep(_ name: String, isAt place: ReplicaPlace) throws {
        try folder.note(name) {
            $0.replicas[place.description] = now
            $0.gone?[place.description] = nil
        }
    }
}
