extension APIServerConnection {
    /// Every API group that is served, the core group first and under the empty name.
    public func groups() async throws -> [APIGroup] {
        async let core = object(CoreVersions.self, at: "/api")
        async let named = object(GroupList.self, at: "/apis")
        return [APIGroup(name: "", versions: try await core.versions)] + (try await named.groups)
    }

    /// The resources of one group and version; an empty `group` is the core group. Throws `notFound` where it is not
    /// served.
    public func resources(group: String, version: String) async throws -> [APIResource] {
        try await object(ResourceList.self, at: Self.path(group: group, version: version)).resources
    }

    /// Namespace, name and managers of every object of a resource, in all namespaces, without the objects themselves.
    ///
    /// `resource` is the plural of the URL: `ingresses`. Throws `notFound` where it is not served.
    public func metadataList(group: String, version: String, resource: String) async throws -> [ObjectMetadata] {
        try await list(
            ObjectMetadata.self,
            at: Self.path(group: group, version: version) + "/" + Transport.escaped(resource),
            accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
    }

    private static func path(group: String, version: String) -> String {
        (group.isEmpty ? "/api/" : "/apis/\(Transport.escaped(group))/") + Transport.escaped(version)
    }
}

private struct CoreVersions: Decodable {
    var versions: [String]
}

private struct GroupList: Decodable {
    var groups: [APIGroup]
}

private struct ResourceList: Decodable {
    var resources: [APIResource]
}
