extension APIServerConnection {
    /// The UID of the namespace kube-system: the same for every API server of a cluster, another for another cluster.
    public func kubeSystemUID() async throws -> String {
        try await object(NamespaceObject.self, at: "/api/v1/namespaces/kube-system").metadata.uid
    }

    /// All nodes.
    public func nodes() async throws -> [NodeObject] {
        try await list(NodeObject.self, at: "/api/v1/nodes")
    }

    /// All pods of all namespaces, in every phase.
    public func pods() async throws -> [PodObject] {
        try await list(PodObject.self, at: "/api/v1/pods")
    }

    /// All claims of all namespaces, bound or not.
    public func volumeClaims() async throws -> [VolumeClaim] {
        try await list(VolumeClaim.self, at: "/api/v1/persistentvolumeclaims")
    }

    /// All volumes.
    public func volumes() async throws -> [VolumeObject] {
        try await list(VolumeObject.self, at: "/api/v1/persistentvolumes")
    }

    /// All PodDisruptionBudgets, through `policy/v1` where it is served and `policy/v1beta1` otherwise.
    ///
    /// Which one is asked of the server itself, never concluded from its version number. Throws `notFound` where it
    /// serves neither.
    public func podDisruptionBudgets() async throws -> [PodDisruptionBudget] {
        let served = try await object(APIGroup.self, at: "/apis/policy").versions
        guard let version = ["v1", "v1beta1"].first(where: served.contains) else {
            throw KubernetesError(.notFound, "the API server serves neither policy/v1 nor policy/v1beta1")
        }
        let budgets = try await list(PodDisruptionBudget.self, at: "/apis/policy/\(version)/poddisruptionbudgets")
        return version == "v1" ? budgets : budgets.map(\.readAsBeta)
    }

    /// The Leases of one namespace: `kube-system` (components and API servers) or `kube-node-lease` (kubelets).
    public func leases(namespace: String) async throws -> [LeaseObject] {
        let namespace = Transport.escaped(namespace)
        return try await list(LeaseObject.self, at: "/apis/coordination.k8s.io/v1/namespaces/\(namespace)/leases")
    }
}

private struct NamespaceObject: Decodable {
    struct Metadata: Decodable {
        var uid: String
    }

    var metadata: Metadata
}
