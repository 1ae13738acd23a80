import KubernetesClient
import NodeAccess
import UpgradePlanning

/// The way to the apiserver that a node runs, through a tunnel, since a firewall may keep its port to the node itself.
struct APIServerRoute: Sendable {
    var node: NodeName
    /// The near end of the tunnel, on this host's loopback.
    var port: Int
    /// What the server's own certificate is for, where it is not 127.0.0.1.
    var serverName: String?
    /// An admin's, from the node itself.
    var credentials: Result<APIServerCredentials, ObservationFailure>

    func access(_ credentials: APIServerCredentials) -> APIServerAccess {
        APIServerAccess(
            server: "https://127.0.0.1:\(port)", serverName: serverName, calledAs: "kube-apiserver there",
            authority: credentials.authority, clientCertificate: credentials.clientCertificate, token: credentials.token
        )
    }

    /// Opens the way; without `secrets` it has no credentials of its own. Throws the reason why there is none.
    static func open(
        to node: NodeName, session: any NodeSession, host: HostFacts, secrets: NodeSecrets?
    ) async throws -> APIServerRoute {
        guard let unit = host.unit(Component.apiServer.unit), let line = unit.commandLine else {
            throw ObservationFailure(.missing, "the node has no kube-apiserver.service")
        }
        guard unit.isRunning else {
            throw ObservationFailure(.failed, "kube-apiserver.service is \(unit.activeState) (\(unit.subState))")
        }
        async let credentials = Self.credentials(secrets)
        let bound = line.value(of: "--bind-address") ?? "0.0.0.0"
        let address = bound == "0.0.0.0" || bound == "::" ? "127.0.0.1" : bound
        let port = try await session.tunnel(to: address, port: Int(line.value(of: "--secure-port") ?? "") ?? 6443)
        return APIServerRoute(
            node: node, port: port, serverName: serverName(line, host), credentials: await credentials)
    }

    private static func credentials(
        _ secrets: NodeSecrets?
    ) async -> Result<APIServerCredentials, ObservationFailure> {
        guard let secrets else { return .failure(ObservationFailure(.notAsked, "the cluster file names a kubeconfig")) }
        do {
            return .success(try await APIServerCredentials.read(from: secrets))
        } catch {
            let absence = Absence(error)
            return .failure(ObservationFailure(absence.code, absence.reason))
        }
    }

    /// Which name it is does not matter: the certificate came over ssh from the same host.
    private static func serverName(_ line: CommandLineFacts, _ host: HostFacts) -> String? {
        let path = line.value(of: "--tls-cert-file")
        let names = host.pki.first { $0.path == path }?.certificate?.alternativeNames ?? []
        return names.contains("127.0.0.1") ? nil : names.first { !$0.contains("*") }
    }
}

/// What one apiserver says of itself.
enum APIServerObservation {
    static func status(_ connection: APIServerConnection) async throws -> APIServerStatus {
        let answer = try await connection.version()
        guard let version = Version(answer.gitVersion) else {
            throw ObservationFailure(.malformed, "the apiserver calls its version \"\(answer.gitVersion)\"")
        }
        async let readiness = Observed<[String]> { try await connection.readiness().failedChecks }
        async let liveness = Observed<[String]> { try await connection.liveness().failedChecks }
        async let uid = Observed<String> { try await connection.kubeSystemUID() }
        async let requests = Observed<[DeprecatedRequest]> {
            try await connection.deprecatedAPIRequests().map(DeprecatedRequest.init)
        }
        return APIServerStatus(
            version: version,
            // The same check is often in both.
            notReady: Array(Set(await readiness.value ?? ["readyz"]).union(await liveness.value ?? ["livez"])).sorted(),
            kubeSystemUID: await uid,
            deprecatedRequests: await requests)
    }
}

extension APIServerObservation {
    /// Names of everything that it keeps, of every kind that it serves, read as metadata; each group by itself.
    static func contents(_ connection: APIServerConnection) async throws -> ContentFacts {
        let groups = try await connection.groups()
        return try await withThrowingTaskGroup(of: ContentFacts.self) { tasks in
            for group in groups {
                guard let version = group.versions.first else { continue }
                tasks.addTask { try await contents(connection, group: group.name, version: version) }
            }
            return try await tasks.reduce(into: ContentFacts(objects: [:], unread: [])) { $0.add($1) }
        }
    }

    private static func contents(
        _ connection: APIServerConnection, group: String, version: String
    ) async throws -> ContentFacts {
        var contents = ContentFacts(objects: [:], unread: [])
        do {
            for resource in try await connection.resources(group: group, version: version)
            where resource.verbs.contains("list") && !transient.contains(resource.name) && group != legacy {
                let list = try await connection.metadataList(group: group, version: version, resource: resource.name)
                contents.add(resource.name, list.map { ($0.namespace, $0.name) })
            }
        } catch let error as KubernetesError where error.code != .unreachable && error.code != .timedOut {
            // An API that something in the cluster serves may be away; the others are asked.
            contents.unread?.append("\(group)/\(version): \(Absence(error).reason)")
        }
        return contents
    }

    /// Its kinds have other groups, too, and asking for them through this one counts as a use of what is deprecated.
    private static let legacy = "extensions"

    /// What controllers write anew by themselves.
    private static let transient: Set = [
        "events", "leases", "endpoints", "endpointslices", "componentstatuses", "replicasets", "controllerrevisions",
    ]
}

extension ContentFacts {
    fileprivate mutating func add(_ resource: String, _ found: [(namespace: String, name: String)]) {
        let names = found.filter { resource != "secrets" || !Self.isToken($0.name) }
            .map { $0.namespace.isEmpty ? $0.name : "\($0.namespace)/\($0.name)" }
        objects[resource] = names.sorted()
    }

    /// Several groups may serve one kind, as ingresses.
    fileprivate mutating func add(_ other: ContentFacts) {
        objects.merge(other.objects) { Set($0 + $1).sorted() }
        unread = ((unread ?? []) + (other.unread ?? [])).sorted()
    }

    /// `default-token-x7k2p`, which each cluster makes for itself.
    private static func isToken(_ name: String) -> Bool {
        name.dropLast(5).hasSuffix("-token-")
    }
}

extension DeprecatedRequest {
    init(_ request: DeprecatedAPIRequest) {
        self.init(
            group: request.group, version: request.version, resource: request.resource,
            subresource: request.subresource, removedRelease: MinorRelease(request.removedRelease))
    }
}
