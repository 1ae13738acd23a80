import KubernetesClient
import RunEngine

/// Which pods a drain moves: pure (kubectl `pkg/drain`, filters).
enum DrainChoice: Hashable {
    case evict
    /// A DaemonSet brings it back at once, or no apiserver can delete it.
    case leave

    init(_ pod: PodObject) {
        if pod.isMirror {
            self = .leave
        } else if pod.controller?.kind == "DaemonSet", !pod.isFinished {
            self = .leave
        } else {
            self = .evict
        }
    }
}

/// Moves a node's pods away: evictions side by side, within their budgets, until each pod itself is gone.
///
/// A pod of the same name that took its place somewhere else is another one. An apiserver that restarts in between is
/// waited for like a budget is.
public struct Drain: Sendable {
    let access: ClusterAccess
    let node: String
    let limitSeconds: Int
    /// Pods that are deleted whatever their budgets say: named by a person, as `namespace/name`.
    let deleted: Set<String>
    let report: @Sendable (String) -> Void
    let isStopping: @Sendable () -> Bool

    public init(
        access: ClusterAccess, node: String, limitSeconds: Int, deleted: Set<String> = [],
        report: @escaping @Sendable (String) -> Void, isStopping: @escaping @Sendable () -> Bool
    ) {
        self.access = access
        self.node = node
        self.limitSeconds = limitSeconds
        self.deleted = deleted
        self.report = report
        self.isStopping = isStopping
    }

    /// What one eviction came to.
    private enum Outcome: Sendable {
        /// It is on its way, or gone.
        case asked
        case refused(why: String, again: Int)
        /// It will never be evicted.
        case impossible(String)
    }

    /// Pods on a node that are to go and have not gone.
    static func pods(_ access: ClusterAccess, on node: String) async throws -> [PodObject] {
        try await access.ask { try await $0.pods(on: node) }.filter { DrainChoice($0) == .evict }
    }

    private static let atOnce = 16

    /// Returns how many pods went. Throws ``RunError`` naming what stayed and why, `Abandoned` when asked to stop.
    public func run() async throws -> String {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(limitSeconds)
        var version: EvictionVersion?
        var asked: Set<String> = []
        var reasons: [String: (why: String, until: ContinuousClock.Instant)] = [:]
        var gone: Set<String> = []
        var seen: Set<String> = []
        while true {
            if isStopping() { throw Abandoned() }
            do {
                if version == nil { version = try await access.ask { try await $0.evictionVersion() } ?? .v1beta1 }
                let pods = try await Self.pods(access, on: node)
                seen.formUnion(pods.map(\.uid))
                gone = seen.subtracting(pods.map(\.uid))
                if pods.isEmpty { return "\(gone.count) pods moved" }
                let due = pods.filter { pod in
                    !asked.contains(pod.uid) && (reasons[pod.uid].map { $0.until <= clock.now } ?? true)
                }
                for (pod, outcome) in try await evict(due, version ?? .v1beta1) {
                    switch outcome {
                    case .asked:
                        asked.insert(pod.uid)
                        reasons[pod.uid] = nil
                    case .refused(let why, let seconds): reasons[pod.uid] = (why, clock.now + .seconds(seconds))
                    case .impossible(let why): throw RunError(.cannotWrite, "\(pod.namespace)/\(pod.name): \(why)")
                    }
                }
                report(Self.waits(pods, reasons.mapValues(\.why)))
            } catch let error as KubernetesError where error.isConnection {
                report("no apiserver answers: \(error.message)")
            } catch let error as RunError where error.code == .cannotRead {
                report(error.message)
            }
            guard clock.now < end else { throw late(try? await Self.pods(access, on: node), reasons.mapValues(\.why)) }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private func evict(_ pods: [PodObject], _ version: EvictionVersion) async throws -> [(PodObject, Outcome)] {
        let deleted = deleted
        return try await access.ask { connection in
            try await withThrowingTaskGroup(of: (PodObject, Outcome).self) { group in
                var results: [(PodObject, Outcome)] = []
                for (index, pod) in pods.enumerated() {
                    if index >= Self.atOnce, let result = try await group.next() { results.append(result) }
                    let isDeleted = deleted.contains("\(pod.namespace)/\(pod.name)")
                    group.addTask { (pod, try await Self.evict(pod, connection, version, isDeleted: isDeleted)) }
                }
                for try await result in group { results.append(result) }
                return results
            }
        }
    }

    /// Server side: kube `pkg/registry/core/pod/storage/eviction.go`.
    private static func evict(
        _ pod: PodObject, _ connection: APIServerConnection, _ version: EvictionVersion, isDeleted: Bool
    ) async throws -> Outcome {
        if pod.deletionTimestamp != nil { return .asked }
        do {
            if isDeleted { try await connection.delete(pod) } else { try await connection.evict(pod, version: version) }
            return .asked
        } catch let error as KubernetesError {
            switch error.code {
            case .notFound, .conflict: return .asked
            case .tooManyRequests:
                let why = error.causes.first { $0.reason == "DisruptionBudget" }?.message ?? "a budget forbids it"
                return .refused(why: why, again: min(error.retryAfterSeconds ?? 2, 5))
            case .forbidden where error.causes.contains { $0.reason == "NamespaceTerminating" }: return .asked
            case .forbidden: return .impossible(error.message)
            case .serverError where error.message.contains("more than one PodDisruptionBudget"):
                return .impossible("two budgets cover it, and no eviction is ever allowed")
            default: throw error
            }
        }
    }

    /// What a drain waits for, the pod that is refused first.
    static func waits(_ pods: [PodObject], _ reasons: [String: String]) -> String {
        let refused = pods.first { reasons[$0.uid] != nil }
        let pod = refused ?? pods[0]
        let why = reasons[pod.uid] ?? "it has \(pod.terminationGracePeriodSeconds) s to end"
        let others = pods.count > 1 ? " and \(pods.count - 1) more" : ""
        return "waits for \(pod.namespace)/\(pod.name)\(others): \(why)"
    }

    private func late(_ pods: [PodObject]?, _ reasons: [String: String]) -> RunError {
        let stuck = (pods ?? []).map { pod in
            "\(pod.namespace)/\(pod.name): \(reasons[pod.uid] ?? "it does not end")"
        }
        let names = (pods ?? []).map { "--delete-pod \($0.namespace)/\($0.name)" }.joined(separator: " ")
        return RunError(
            .cannotWrite,
            "the drain took \(limitSeconds) s and is not done (\(stuck.joined(separator: "; "))); resume waits again, "
                + "resume \(names) deletes them, undo gives the node back")
    }
}
