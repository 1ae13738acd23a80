import KubernetesClient
import Observation
import UpgradePlanning

/// Keeps new pods off a node, and lets them on again: only where this run did it.
///
/// The mark is an annotation with the run's name. A node that somebody else cordoned stays theirs; one that an earlier run
/// left behind is taken over, since this one has the lock.
struct Cordon: Sendable {
    let access: ClusterAccess
    let run: String

    func isCordoned(_ node: String) async throws -> Bool {
        let object = try await access.ask { try await $0.node(node) }
        return object.isUnschedulable && isNobodysOrOurs(object.annotations)
    }

    private func isNobodysOrOurs(_ annotations: [String: String]) -> Bool {
        annotations[NodeObjectFacts.runAnnotation].map { $0 == run } ?? true
    }

    func cordon(_ node: String) async throws {
        let run = run
        try await access.ask { connection in
            let object = try await connection.node(node)
            guard !object.isUnschedulable || object.annotations[NodeObjectFacts.runAnnotation] != nil else { return }
            try await connection.setUnschedulable(
                node, true, annotation: NodeObjectFacts.runAnnotation, value: run)
        }
    }

    /// Nothing is left to lift: it takes pods, or somebody else's cordon is on it.
    func isLifted(_ node: String) async throws -> Bool {
        let object = try await access.ask { try await $0.node(node) }
        return !object.isUnschedulable || object.annotations[NodeObjectFacts.runAnnotation] != run
    }

    func uncordon(_ node: String) async throws {
        guard try await !isLifted(node) else { return }
        try await access.ask { connection in
            try await connection.setUnschedulable(
                node, false, annotation: NodeObjectFacts.runAnnotation, value: nil)
        }
    }
}
