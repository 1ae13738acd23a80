extension APIServerConnection {
    /// One Lease; `nil` where there is none.
    public func lease(_ name: String, namespace: String) async throws -> LeaseObject? {
        do {
            return try await object(LeaseObject.self, at: "\(Self.leases(namespace))/\(Transport.escaped(name))")
        } catch let error as KubernetesError where error.code == .notFound {
            return nil
        }
    }

    /// Makes it where it has no ``LeaseObject/resourceVersion``, else replaces the one that was read. This changes the
    /// cluster. Throws `conflict` where somebody was faster.
    public func put(_ lease: LeaseObject) async throws -> LeaseObject {
        let all = Self.leases(lease.namespace)
        guard lease.resourceVersion != nil else {
            return try await send(.post, lease, to: all, answer: LeaseObject.self)
        }
        return try await send(.put, lease, to: "\(all)/\(Transport.escaped(lease.name))", answer: LeaseObject.self)
    }

    private static func leases(_ namespace: String) -> String {
        "/apis/coordination.k8s.io/v1/namespaces/\(Transport.escaped(namespace))/leases"
    }
}
