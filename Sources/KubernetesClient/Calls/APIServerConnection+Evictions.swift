#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Group and version that evictions are asked for with.
public enum EvictionVersion: String, Sendable, Hashable {
    case v1 = "policy/v1"
    /// Gone since Kubernetes 1.25.
    case v1beta1 = "policy/v1beta1"
}

extension APIServerConnection {
    /// All pods that are bound to a node, in every phase.
    public func pods(on node: String) async throws -> [PodObject] {
        try await list(PodObject.self, at: "/api/v1/pods", query: [("fieldSelector", "spec.nodeName=\(node)")])
    }

    /// How this server takes evictions, by its own word; `nil` where it takes none (kubectl `pkg/drain`).
    public func evictionVersion() async throws -> EvictionVersion? {
        let all = try await resources(group: "", version: "v1")
        guard let eviction = all.first(where: { $0.name == "pods/eviction" && $0.kind == "Eviction" }) else {
            return nil
        }
        return eviction.group == "policy" && eviction.version == "v1" ? .v1 : .v1beta1
    }

    /// Asks for the eviction of this very pod: one of the same name that took its place is left alone.
    ///
    /// Throws `tooManyRequests` while a budget forbids it, `notFound` where it is gone, `conflict` where another pod has its
    /// name, `serverError` where two budgets cover it. This changes the cluster.
    public func evict(_ pod: PodObject, version: EvictionVersion) async throws {
        let body = Eviction(
            apiVersion: version.rawValue, metadata: .init(name: pod.name, namespace: pod.namespace),
            deleteOptions: DeleteOptions(uid: pod.uid))
        _ = try await send(.post, body, to: path(pod) + "/eviction", answer: AnyObject.self)
    }

    /// Deletes this very pod, whatever its budget says. Throws `notFound`, `conflict`. This changes the cluster.
    public func delete(_ pod: PodObject) async throws {
        _ = try await send(.delete, DeleteOptions(uid: pod.uid), to: path(pod), answer: AnyObject.self)
    }

    private func path(_ pod: PodObject) -> String {
        "/api/v1/namespaces/\(Transport.escaped(pod.namespace))/pods/\(Transport.escaped(pod.name))"
    }

    /// An answer of which only the kind of answer counts.
    struct AnyObject: Decodable {}
}

private struct Eviction: Encodable {
    struct Metadata: Encodable {
        var name: String
        var namespace: String
    }

    var apiVersion: String
    var kind = "Eviction"
    var metadata: Metadata
    var deleteOptions: DeleteOptions
}

/// `DeleteOptions` of meta/v1, for one UID only.
private struct DeleteOptions: Encodable {
    struct Preconditions: Encodable {
        var uid: String
    }

    var apiVersion = "v1"
    var kind = "DeleteOptions"
    var preconditions: Preconditions

    init(uid: String) { preconditions = Preconditions(uid: uid) }
}
