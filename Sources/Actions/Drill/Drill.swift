public import AgeEncryption
import Backups
import EtcdClient
import NodeAccess
import PKI
import Secrets
public import UpgradePlanning

/// A restore into a throw-away etcd on the loopback of this host: whether an archive does what it is kept for, and how long
/// that takes.
public struct Drill: Sendable {
    public struct Order: Sendable {
        /// Of the archive, without a suffix.
        public var path: String
        public var key: AgeKey
        public var entry: ArchiveFacts
        /// Folder of `etcd` with `etcdutl` or `etcdctl`.
        public var programs: String
        /// A kube-apiserver to start over it; `nil`: none.
        public var apiServer: String?
        public var disk: DrillDisk
        public var now: Instant

        public init(
            path: String, key: AgeKey, entry: ArchiveFacts, programs: String, apiServer: String?, disk: DrillDisk,
            now: Instant
        ) {
            self.path = path
            self.key = key
            self.entry = entry
            self.programs = programs
            self.apiServer = apiServer
            self.disk = disk
            self.now = now
        }
    }

    /// What was found.
    public struct Report: Sendable, Codable, Hashable {
        public var archive: String
        public var revision: Int64
        public var keys: Int
        /// The hash of all keys is the one that the members had; `nil` where the archive has none to compare with.
        public var hashMatches: Bool?
        /// Sorts of objects of which one was read.
        public var kinds: Int
        /// Objects that the apiserver listed, by resource; `nil` without one.
        public var objects: [String: Int]?
        /// Until etcd served, from the sealed file.
        public var secondsToEtcd: Double
        /// Until the apiserver was ready.
        public var secondsToAPIServer: Double?
        /// As the apiserver calls itself, `v1.20.2`; `nil` without one.
        public var apiServerVersion: String?
        public var isInMemory: Bool
        /// What is not as it was; empty for a drill that went well.
        public var differences: [String]
    }

    let order: Order
    let report: @Sendable (String) -> Void

    public init(_ order: Order, report: @escaping @Sendable (String) -> Void) {
        self.order = order
        self.report = report
    }

    /// Throws `AgeError`, `ArchivingError`, `SnapshotError`, `BackupError`, `EtcdError`: the archive could not be restored.
    public func run() async throws -> Report {
        let clock = ContinuousClock()
        let start = clock.now
        let sealed = order.path + ArchiveNames.sealed
        report("opening \(order.entry.name)")
        // Checked and written in one pass; nothing is made of it before all of it is found whole.
        let copy = SnapshotCopy(disk: order.disk)
        let content = try ArchiveInspector.inspect(try FileReader(sealed), with: order.key) {
            try copy.write($0, of: $1)
        }
        guard content.snapshot != nil, let folder = copy.finish() else {
            throw BackupError(.cannotRead, "the archive has no etcd that could be restored")
        }
        if !folder.isInMemory { report("memory has no room: the data is on a disk, unsealed, until the drill ends") }
        try await restore(folder)
        let authority = try ThrowAwayAuthority(now: order.now.secondsSince1970)
        let files = try DrillFiles(folder, authority)
        let port = try LoopbackPort.find()
        let peer = try LoopbackPort.find()
        return try await server(folder, files, port, peer).during {
            let endpoint = EtcdEndpoint(
                address: "127.0.0.1", port: port, serverName: "localhost",
                credentials: .init(
                    authority: Array(authority.authority.utf8), certificate: Array(authority.certificate.utf8),
                    key: SecretBytes(Array(authority.key.utf8))))
            let isInMemory = folder.isInMemory
            var found = try await EtcdClient.with(endpoint) { client in
                try await DrillEtcd(client: client).waitUntilServing()
                let seconds = (clock.now - start).seconds
                report("etcd serves after \(Int(seconds)) s")
                return try await DrillEtcd(client: client).compare(
                    content, entry: order.entry, seconds: seconds, isInMemory: isInMemory)
            }
            if let program = order.apiServer {
                let server = DrillAPIServer(
                    program: program, folder: folder, files: files, etcdPort: port, authority: authority)
                let listed = try await server.objects(content, sealed, order.key, report: report)
                found.objects = listed.counts
                found.secondsToAPIServer = (listed.readyAt - start).seconds
                found.apiServerVersion = listed.version
                found.differences += DrillVersions.difference(wrote: order.entry.kubernetes, reads: listed.version)
            }
            return found
        }
    }

    private func restore(_ folder: DrillFolder) async throws {
        report("restoring etcd's snapshot")
        let path = folder.path + SnapshotCopy.name
        let words = [
            "ETCDCTL_API=3", try EtcdPrograms.restoring(in: order.programs), "snapshot", "restore", path, "--data-dir",
            "\(folder.path)/data",
        ]
        let result = try await LocalProgram("/usr/bin/env", words).run(deadline: .seconds(900), outputLimit: 1 << 20)
        guard result.exitCode == 0 else {
            throw BackupError(
                .damaged,
                "etcd's tool does not restore it: \(result.errorOutput.split(separator: "\n").last ?? "no reason given")"
            )
        }
    }

    private func server(_ folder: DrillFolder, _ files: DrillFiles, _ port: Int, _ peer: Int) -> DrillServer {
        DrillServer(
            program: "\(order.programs)/etcd",
            arguments: [
                "--name", "default", "--data-dir", "\(folder.path)/data", "--unsafe-no-fsync",
                "--listen-client-urls", "https://127.0.0.1:\(port)", "--advertise-client-urls",
                "https://127.0.0.1:\(port)", "--listen-peer-urls", "https://127.0.0.1:\(peer)",
                "--cert-file", files.certificate, "--key-file", files.key, "--trusted-ca-file", files.authority,
                "--client-cert-auth", "--peer-cert-file", files.certificate, "--peer-key-file", files.key,
                "--peer-trusted-ca-file", files.authority, "--peer-client-cert-auth", "--quota-backend-bytes",
                "\(16 << 30)",
            ], folder: folder.path, log: "\(folder.path)/etcd.log")
    }
}

/// Whether an apiserver shows what the archive's own would: pure.
enum DrillVersions {
    /// One of an older minor may not know what a newer one wrote, so that it lists all of it says little. A newer one reads
    /// what older ones wrote.
    static func difference(wrote: Version?, reads: String) -> [String] {
        guard let wrote, let reads = Version(reads), let ahead = wrote.minorRelease.minorsAhead(of: reads.minorRelease),
            ahead > 0
        else { return [] }
        return [
            "the apiserver is \(reads), and \(wrote) wrote the archive: an older one may not know all that a newer one wrote"
        ]
    }
}

/// Certificates of a drill as files.
struct DrillFiles: Sendable {
    let authority: String
    let certificate: String
    let key: String

    init(_ folder: DrillFolder, _ made: ThrowAwayAuthority) throws {
        authority = try folder.write("ca.pem", Array(made.authority.utf8))
        certificate = try folder.write("own.pem", Array(made.certificate.utf8))
        key = try folder.write("own-key.pem", Array(made.key.utf8))
    }
}

/// Which of etcd's tools restores a snapshot: etcdutl since 3.5, etcdctl until 3.5.
enum EtcdPrograms {
    static func restoring(in folder: String) throws -> String {
        for name in ["etcdutl", "etcdctl"] where FileAccess.isExecutable("\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw BackupError(.cannotRead, "\(folder) has neither etcdutl nor etcdctl")
    }

    /// Of a tool, by its own word. Throws `BackupError`.
    static func version(of tool: String) async throws -> Version {
        let result = try await LocalProgram("/usr/bin/env", ["ETCDCTL_API=3", tool, "version"]).run(
            deadline: .seconds(20), outputLimit: 1 << 16)
        let line = result.outputText.split(separator: "\n").first { $0.contains("version: ") } ?? ""
        guard let version = Version(String(line.split(separator: " ").last ?? "")) else {
            throw BackupError(.cannotRead, "\(tool) does not say its version")
        }
        return version
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
