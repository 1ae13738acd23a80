import Synchronization

/// Pods that a person allowed to be deleted, each on the node where it stands first: the one that takes its place somewhere
/// else has the same name in a StatefulSet, and nobody spoke of that.
final class DeletedPods: Sendable {
    private let names: Set<String>
    private let nodes = Mutex<[String: String]>([:])

    /// As `namespace/name`.
    init(_ names: Set<String>) { self.names = names }

    func names(_ pod: String, on node: String) -> Bool {
        guard names.contains(pod) else { return false }
        return nodes.withLock { nodes in
            let first = nodes[pod] ?? node
            nodes[pod] = first
            return first == node
        }
    }
}
