#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension APIServerConnection {
    /// Makes a pod that only waits, on one node, past the scheduler and every taint; it has no token and no rights. This
    /// changes the cluster. Throws `conflict` where one of that name is there.
    ///
    /// `image`: one that the node has; it is never pulled.
    public func makeWaitingPod(_ name: String, namespace: String, on node: String, image: String) async throws {
        let pod = WaitingPod(
            metadata: .init(name: name, namespace: namespace, labels: ["app.kubernetes.io/managed-by": "kupgrade"]),
            spec: .init(nodeName: node, containers: [.init(image: image)]))
        _ = try await send(
            .post, pod, to: "/api/v1/namespaces/\(Transport.escaped(namespace))/pods", answer: AnyObject.self)
    }

    /// Where a pod stands: its phase and its address, empty until it has one; `nil` where there is none.
    public func podState(_ name: String, namespace: String) async throws -> (phase: String, address: String)? {
        do {
            let pod = try await object(
                PodState.self, at: "/api/v1/namespaces/\(Transport.escaped(namespace))/pods/\(Transport.escaped(name))")
            return (pod.status?.phase ?? "", pod.status?.podIP ?? "")
        } catch let error as KubernetesError where error.code == .notFound {
            return nil
        }
    }

    /// Deletes a pod by its name, at once. Not an error: there is none. This changes the cluster.
    public func deletePod(_ name: String, namespace: String) async throws {
        let path = "/api/v1/namespaces/\(Transport.escaped(namespace))/pods/\(Transport.escaped(name))"
        do {
            _ = try await send(.delete, AtOnce(), to: path, answer: AnyObject.self)
        } catch let error as KubernetesError where error.code == .notFound {}
    }

    /// Whether a Service leads to any pod that is ready.
    public func hasEndpoints(_ name: String, namespace: String) async throws -> Bool {
        do {
            let endpoints = try await object(
                EndpointsObject.self,
                at: "/api/v1/namespaces/\(Transport.escaped(namespace))/endpoints/\(Transport.escaped(name))")
            return (endpoints.subsets ?? []).contains { !($0.addresses ?? []).isEmpty }
        } catch let error as KubernetesError where error.code == .notFound {
            return false
        }
    }

    /// The address of a Service; `nil` where there is none, or it has none.
    public func serviceAddress(_ name: String, namespace: String) async throws -> String? {
        do {
            let service = try await object(
                ServiceObject.self,
                at: "/api/v1/namespaces/\(Transport.escaped(namespace))/services/\(Transport.escaped(name))")
            return service.spec?.clusterIP.flatMap { $0 == "None" || $0.isEmpty ? nil : $0 }
        } catch let error as KubernetesError where error.code == .notFound {
            return nil
        }
    }
}

private struct PodState: Decodable {
    struct Status: Decodable {
        var phase: String?
        var podIP: String?
    }

    var status: Status?
}

private struct ServiceObject: Decodable {
    struct Spec: Decodable {
        var clusterIP: String?
    }

    var spec: Spec?
}

private struct EndpointsObject: Decodable {
    struct Subset: Decodable {
        struct Address: Decodable {}

        var addresses: [Address]?
    }

    var subsets: [Subset]?
}

private struct AtOnce: Encodable {
    var apiVersion = "v1"
    var kind = "DeleteOptions"
    var gracePeriodSeconds = 0
}

private struct WaitingPod: Encodable {
    struct Metadata: Encodable {
        var name: String
        var namespace: String
        var labels: [String: String]
    }

    struct Container: Encodable {
        var name = "pause"
        var image: String
        var imagePullPolicy = "Never"
    }

    struct Toleration: Encodable {
        var `operator` = "Exists"
    }

    struct Spec: Encodable {
        var nodeName: String
        var restartPolicy = "Never"
        var terminationGracePeriodSeconds = 0
        var automountServiceAccountToken = false
        var tolerations = [Toleration()]
        var containers: [Container]
    }

    var apiVersion = "v1"
    var kind = "Pod"
    var metadata: Metadata
    var spec: Spec
}
