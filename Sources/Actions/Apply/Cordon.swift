import KubernetesClient
import Observation
import UpgradePlanning

/// Keeps new pods off a node, and lets them on again: only where this run did it.
///
/// The mark is an annotation with the run's name. A node that somebody else cordoned stays theirs, also when they do it
/// while the run is under way: cordoned by two, it is uncordoned by neither.
struct Cordon: Sendable {
    let access: ClusterAccess
    let run: String

    func isCordoned(_ node: String) async throws -> Bool {
        try await access.ask { try await $0.node(node).isUnschedulable }
    }

    func cordon(_ node: String) async throws {
        let run = run
        try await access.ask { connection in
            guard try await !connection.node(node).isUnschedulable else { return }
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
