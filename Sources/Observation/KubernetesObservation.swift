import KubernetesClient
import UpgradePlanning

/// What the cluster says of itself, asked of one apiserver, everything at the same time.
struct KubernetesObservation: Sendable {
    let connection: APIServerConnection
    let askedNode: NodeName?
    /// API versions that some release removes: objects written through one of them are looked for.
    let removedAPIs: [RemovedAPI]

    func facts() async throws -> KubernetesFacts {
        async let nodes = connection.nodes()
        async let pods = connection.pods()
        async let budgets = connection.podDisruptionBudgets()
        async let leases = connection.leases(namespace: "kube-system")
        async let deprecated = Observed<[DeprecatedObject]> { try await deprecatedObjects() }
        async let claims = Observed<[ClaimFacts]> { try await boundClaims() }
        var facts = KubernetesFacts(
            askedNode: askedNode,
            nodes: try await nodes.map(NodeObjectFacts.init).sorted { $0.name < $1.name },
            pods: try await pods.map(PodFacts.init).sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) },
            budgets: try await budgets.map(BudgetFacts.init).sorted {
                ($0.namespace, $0.name) < ($1.namespace, $1.name)
            },
            leases: try await leases.filter { !$0.holder.isEmpty }.map(LeaseFacts.init).sorted { $0.name < $1.name },
            deprecatedObjects: await deprecated)
        facts.claims = await claims
        if facts.pods.contains(where: \.choosesNamespaces) { facts.namespaceLabels = try? await namespaceLabels() }
        return facts
    }

    private func namespaceLabels() async throws -> [String: [String: String]] {
        let namespaces = try await connection.metadataList(group: "", version: "v1", resource: "namespaces")
        return Dictionary(namespaces.map { ($0.name, $0.labels) }) { first, _ in first }
    }

    private func boundClaims() async throws -> [ClaimFacts] {
        async let claims = connection.volumeClaims()
        let volumes = Dictionary(try await connection.volumes().map { ($0.name, $0) }) { first, _ in first }
        return try await claims.compactMap { claim in volumes[claim.volumeName].map { ClaimFacts(claim, $0) } }
            .sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }

    /// Objects whose managed fields name a removed API version: read as metadata only.
    ///
    /// Never read through a removed version: that would count as a use of it, and warn of ourselves. The same object is
    /// served by its successor with the same managed fields (Ingress of `extensions` by `networking.k8s.io`). Where no
    /// successor is served yet, nobody could have moved to it either.
    private func deprecatedObjects() async throws -> [DeprecatedObject] {
        let served = Dictionary(try await connection.groups().map { ($0.name, $0.versions) }) { first, _ in first }
        let groups = Set(removedAPIs.map(\.group)).filter { served[$0] != nil }
        return try await withThrowingTaskGroup(of: [DeprecatedObject].self) { tasks in
            for group in groups {
                tasks.addTask { try await objects(group: group, versions: served[group] ?? []) }
            }
            var found: [DeprecatedObject] = []
            for try await more in tasks { found += more }
            return found.sorted {
                ($0.apiVersion, $0.resource, $0.namespace, $0.name, $0.manager)
                    < ($1.apiVersion, $1.resource, $1.namespace, $1.name, $1.manager)
            }
        }
    }

    private func objects(group: String, versions: [String]) async throws -> [DeprecatedObject] {
        var wanted = Set(removedAPIs.map(\.resource))
        var found: [DeprecatedObject] = []
        for version in versions {
            let removedHere = Set(removedAPIs.filter { $0.group == group && $0.version == version }.map(\.resource))
            let listable = try await connection.resources(group: group, version: version)
                .filter { $0.verbs.contains("list") }.map(\.name)
            for resource in wanted.intersection(listable).subtracting(removedHere).sorted() {
                wanted.remove(resource)
                let removed = Set(removedAPIs.filter { $0.resource == resource }.map(\.apiVersion))
                for object in try await connection.metadataList(group: group, version: version, resource: resource) {
                    found += Self.uses(of: removed, resource: resource, object)
                }
            }
        }
        return found
    }

    /// One for each manager and version, however many entries it has.
    private static func uses(of versions: Set<String>, resource: String, _ object: ObjectMetadata) -> [DeprecatedObject]
    {
        Set(
            object.managers.filter { versions.contains($0.apiVersion) }.map { manager in
                DeprecatedObject(
                    apiVersion: manager.apiVersion, resource: resource, namespace: object.namespace,
                    name: object.name, manager: manager.manager)
            }
        ).map { $0 }
    }
}

extension PodFacts {
    fileprivate var choosesNamespaces: Bool {
        (placement.repels + placement.attracts).contains { $0.namespaceSelector != nil }
    }
}
