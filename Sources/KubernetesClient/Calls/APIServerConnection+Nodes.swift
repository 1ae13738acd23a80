#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension APIServerConnection {
    /// One Node. Throws `notFound` where there is none.
    public func node(_ name: String) async throws -> NodeObject {
        try await object(NodeObject.self, at: "/api/v1/nodes/\(Transport.escaped(name))")
    }

    /// Sets whether new pods may be bound to a node, and an annotation beside it; `nil` takes the annotation away. This
    /// changes the cluster.
    @discardableResult
    public func setUnschedulable(
        _ name: String, _ isUnschedulable: Bool, annotation: String, value: String?
    ) async throws -> NodeObject {
        let patch = NodePatch(
            metadata: .init(annotations: [annotation: value]), spec: .init(unschedulable: isUnschedulable))
        return try await send(
            .patch, patch, to: "/api/v1/nodes/\(Transport.escaped(name))", answer: NodeObject.self)
    }
}

/// A merge patch: `null` takes a field away.
private struct NodePatch: Encodable {
    struct Metadata: Encodable {
        var annotations: [String: String?]
    }

    struct Spec: Encodable {
        var unschedulable: Bool

        private enum CodingKeys: CodingKey { case unschedulable }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            if unschedulable {
                try container.encode(true, forKey: .unschedulable)
            } else {
                try container.encodeNil(forKey: .unschedulable)
            }
        }
    }

    var metadata: Metadata
    var spec: Spec
}
