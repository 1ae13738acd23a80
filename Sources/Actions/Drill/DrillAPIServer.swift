import AgeEncryption
import Backups
import KubernetesClient
import NodeAccess
import PKI
import Secrets

/// A kube-apiserver over a restored etcd, on the loopback of this host, for as long as it takes to list everything.
struct DrillAPIServer {
    let program: String
    let folder: DrillFolder
    let files: DrillFiles
    let etcdPort: Int
    let authority: ThrowAwayAuthority

    /// How many objects it has, by resource, when it was ready, and its version.
    func objects(
        _ content: InspectedArchive, _ sealed: String, _ key: AgeKey, report: @escaping @Sendable (String) -> Void
    ) async throws -> (counts: [String: Int], readyAt: ContinuousClock.Instant, version: String) {
        let port = try LoopbackPort.find()
        var arguments = [
            "--etcd-servers=https://127.0.0.1:\(etcdPort)", "--etcd-cafile=\(files.authority)",
            "--etcd-certfile=\(files.certificate)", "--etcd-keyfile=\(files.key)", "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1", "--secure-port=\(port)", "--tls-cert-file=\(files.certificate)",
            "--tls-private-key-file=\(files.key)", "--client-ca-file=\(files.authority)", "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=\(files.certificate)",
            "--service-account-signing-key-file=\(files.key)", "--service-cluster-ip-range=10.0.0.0/24",
            "--cert-dir=\(folder.path)/apiserver", "--endpoint-reconciler-type=none",
            // Nothing of the live cluster is asked.
            "--disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook",
            "--allow-privileged=true",
        ]
        if let configuration = try encryption(content, sealed, key) {
            arguments.append("--encryption-provider-config=\(configuration)")
        }
        let access = APIServerAccess(
            server: "https://127.0.0.1:\(port)", authority: .certificates(Array(authority.authority.utf8)),
            clientCertificate: .init(
                chain: Array(authority.certificate.utf8), key: SecretBytes(Array(authority.key.utf8))))
        let server = DrillServer(
            program: program, arguments: arguments, folder: folder.path, log: "\(folder.path)/apiserver.log")
        return try await server.during {
            try await APIServerConnection.with(
                access, limits: RequestLimits(request: .seconds(20), metrics: .seconds(20))
            ) { connection in
                try await Self.waitUntilReady(connection)
                let readyAt = ContinuousClock.now
                report("the apiserver is ready; listing everything")
                let version = try await connection.version().gitVersion
                return (try await Self.count(connection), readyAt, version)
            }
        }
    }

    private static func waitUntilReady(_ connection: APIServerConnection) async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(120)
        var said = "it never answered"
        while clock.now < end {
            do {
                let health = try await connection.readiness()
                if health.isHealthy { return }
                said = "it says: \(health.failedChecks.joined(separator: ", "))"
            } catch let error as KubernetesError {
                said = error.message
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw BackupError(.cannotRead, "the apiserver was not ready after 120 s: \(said)")
    }

    private static func count(_ connection: APIServerConnection) async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for group in try await connection.groups() {
            guard let version = group.versions.first else { continue }
            let resources: [APIResource]
            do {
                resources = try await connection.resources(group: group.name, version: version)
            } catch let error as KubernetesError where error.code == .serverError {
                // Another server answers for it in life (an APIService): none of its objects are in etcd.
                continue
            }
            for resource in resources
            where resource.verbs.contains("list") && !resource.name.contains("/") {
                let list = try await connection.metadataList(
                    group: group.name, version: version, resource: resource.name)
                let name = group.name.isEmpty ? resource.name : "\(resource.name).\(group.name)"
                if !list.isEmpty { counts[name] = list.count }
            }
        }
        return counts
    }

    /// The configuration of encryption at rest that the archive has; `nil` where nothing is sealed.
    private func encryption(_ content: InspectedArchive, _ sealed: String, _ key: AgeKey) throws -> String? {
        guard content.snapshot?.encryptionKeys.isEmpty == false,
            let node = content.manifest.nodes.first(where: { !$0.encryption.isEmpty }), let path = node.encryption.first
        else { return nil }
        let source = ArchiveSource(path: sealed, key: key)
        guard let bytes = try source.files(of: node.name.text, [path])[path] else { return nil }
        return try folder.write("encryption.yaml", bytes)
    }
}
