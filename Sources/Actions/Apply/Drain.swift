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
    /// Pods that are deleted where their budgets do not let them go: named by a person, as `namespace/name`.
    let deleted: DeletedPods
    /// `nil`: whatever is there may go.
    let policy: DrainPolicy?
    let report: @Sendable (String) -> Void
    let isStopping: @Sendable () -> Bool

    public init(
        access: ClusterAccess, node: String, limitSeconds: Int, deleted: Set<String> = [],
        report: @escaping @Sendable (String) -> Void, isStopping: @escaping @Sendable () -> Bool
    ) {
        self.init(
            access: access, node: node, limitSeconds: limitSeconds, deleted: DeletedPods(deleted), policy: nil,
            report: report,
            isStopping: isStopping)
    }

    init(
        access: ClusterAccess, node: String, limitSeconds: Int, deleted: DeletedPods, policy: DrainPolicy?,
        report: @escaping @Sendable (String) -> Void, isStopping: @escaping @Sendable () -> Bool
    ) {
        self.access = access
        self.node = node
        self.limitSeconds = limitSeconds
        self.deleted = deleted
        self.policy = policy
        self.report = report
        self.isStopping = isStopping
    }

    /// What one eviction came to.
    private enum Outcome: Sendable, Hashable {
        /// It is on its way, or gone.
        case asked
        case refused(why: String, again: Int)
        /// It will never be evicted.
        case impossible(String)
    }

    /// Pods on a node that are to go and have not gone.
    static func pods(_ access: ClusterAccess, on node: String) async throws -> [PodObject] {
        try await reading(access, on: node).pods
    }

    /// The same without those that the scheduler puts onto cordoned nodes, too: their successors could be there already.
    static func movable(_ access: ClusterAccess, on node: String) async throws -> [PodObject] {
        try await pods(access, on: node).filter { !$0.toleratesCordons }
    }

    private static func reading(
        _ access: ClusterAccess, on node: String
    ) async throws -> (pods: [PodObject], version: String) {
        let read = try await access.ask { try await $0.reading(on: node) }
        return (read.pods.filter { DrainChoice($0) == .evict }, read.version)
    }

    /// How long a watch goes on before everything is looked at anew: a person may have asked to stop.
    private static let glance = Duration.seconds(3)

    /// Until all pods are gone, each by its UID, or the time has come.
    private func wait(for pods: [PodObject], _ reading: String, until end: ContinuousClock.Instant) async throws {
        let clock = ContinuousClock()
        let uids = Set(pods.map(\.uid))
        let node = node
        let seconds = Int((end - clock.now).components.seconds) + 1
        let began = clock.now
        let gone = try await access.ask { connection in
            try await connection.endings(of: uids, on: node, since: reading, seconds: seconds)
        }
        // A watch that says nothing and ends at once would be asked again and again.
        if gone.isEmpty, clock.now - began < .milliseconds(500) { try await Task.sleep(for: .milliseconds(500)) }
    }

    private static let atOnce = 16

    /// What was asked for so far.
    private struct Progress {
        var version: EvictionVersion?
        var seen: Set<String> = []
        var asked: Set<String> = []
        /// Those of the first reading.
        var first: Set<String>?
        /// Of pods that were refused: why, and when to ask again.
        var refusals: [String: (why: String, until: ContinuousClock.Instant)] = [:]

        var reasons: [String: String] { refusals.mapValues(\.why) }

        func isDue(_ pod: PodObject, _ now: ContinuousClock.Instant) -> Bool {
            !asked.contains(pod.uid) && (refusals[pod.uid].map { $0.until <= now } ?? true)
        }

        /// Those that are to go. What came since, in spite of the cordon, would come again and again.
        mutating func see(_ all: [PodObject]) -> [PodObject] {
            let initial = first ?? Set(all.map(\.uid))
            first = initial
            let pods = all.filter { initial.contains($0.uid) || !$0.toleratesCordons }
            let uids = Set(pods.map(\.uid))
            seen.formUnion(uids)
            refusals = refusals.filter { uids.contains($0.key) }
            return pods
        }
    }

    /// Returns how many pods went. Throws ``RunError`` naming what stayed and why, `Abandoned` when asked to stop.
    public func run() async throws -> String {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(limitSeconds)
        var progress = Progress()
        while true {
            if isStopping() { throw Abandoned() }
            do {
                let (all, reading) = try await Self.reading(access, on: node)
                let pods = progress.see(all)
                if pods.isEmpty { return "\(progress.seen.count) pods moved" }
                try refuse(pods, &progress)
                try await ask(pods, &progress)
                report(Self.waits(pods, progress.reasons))
                guard clock.now < end else { throw late(pods, progress.reasons) }
                let next = (progress.refusals.values.map(\.until) + [clock.now + Self.glance, end]).min()
                try await wait(for: pods, reading, until: next ?? end)
            } catch let error as KubernetesError where error.isConnection {
                report("no apiserver answers: \(error.message)")
                guard clock.now < end else { throw late(nil, [:]) }
                try await Task.sleep(for: .milliseconds(500))
            } catch let error as RunError where error.code == .cannotRead {
                report(error.message)
                guard clock.now < end else { throw late(nil, [:]) }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    /// Before any of them is asked for; a Job's pod may end by itself. Throws ``RunError``.
    private func refuse(_ pods: [PodObject], _ progress: inout Progress) throws {
        for pod in pods {
            let name = "\(pod.namespace)/\(pod.name)"
            guard !deleted.names(name, on: node), let why = policy?.objection(pod) else { continue }
            if pod.controller?.kind == "Job" {
                progress.refusals[pod.uid] = ("\(why); its Job is let end", .now + .seconds(5))
                continue
            }
            throw RunError(
                .cannotWrite,
                "\(name) was not in the plan, and \(why): save it and delete it yourself, or resume --delete-pod \(name)"
            )
        }
    }

    /// Evicts what is due.
    private func ask(_ pods: [PodObject], _ progress: inout Progress) async throws {
        let version: EvictionVersion
        if let known = progress.version {
            version = known
        } else {
            version = try await access.ask { try await $0.evictionVersion() } ?? .v1beta1
        }
        progress.version = version
        let clock = ContinuousClock()
        let now = clock.now
        for (pod, outcome) in try await evict(pods.filter { progress.isDue($0, now) }, version) {
            switch outcome {
            case .asked:
                progress.asked.insert(pod.uid)
                progress.refusals[pod.uid] = nil
            case .refused(let why, let seconds): progress.refusals[pod.uid] = (why, clock.now + .seconds(seconds))
            case .impossible(let why): throw RunError(.cannotWrite, "\(pod.namespace)/\(pod.name): \(why)")
            }
        }
    }

    private func evict(_ pods: [PodObject], _ version: EvictionVersion) async throws -> [(PodObject, Outcome)] {
        let (deleted, node) = (deleted, node)
        return try await access.ask { connection in
            try await withThrowingTaskGroup(of: (PodObject, Outcome).self) { group in
                var results: [(PodObject, Outcome)] = []
                for (index, pod) in pods.enumerated() {
                    if index >= Self.atOnce, let result = try await group.next() { results.append(result) }
                    let isDeleted = deleted.names("\(pod.namespace)/\(pod.name)", on: node)
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
            try await connection.evict(pod, version: version)
            return .asked
        } catch let error as KubernetesError {
            let outcome = try outcome(error)
            guard isDeleted, outcome != .asked else { return outcome }
            return try await delete(pod, connection)
        }
    }

    /// What no budget lets go, and a person named.
    private static func delete(_ pod: PodObject, _ connection: APIServerConnection) async throws -> Outcome {
        do {
            try await connection.delete(pod)
            return .asked
        } catch let error as KubernetesError {
            return try outcome(error)
        }
    }

    /// Throws where no apiserver has answered. Whatever one says of a pod is about that pod.
    private static func outcome(_ error: KubernetesError) throws -> Outcome {
        switch error.code {
        case .notFound: return .asked
        case .tooManyRequests:
            let budget = error.causes.first { $0.reason == "DisruptionBudget" }?.message
            return .refused(why: budget ?? error.message, again: min(error.retryAfterSeconds ?? 2, 5))
        case .forbidden where error.causes.contains { $0.reason == "NamespaceTerminating" }: return .asked
        case .forbidden: return .impossible(error.message)
        case .serverError where error.message.contains("more than one PodDisruptionBudget"):
            return .impossible("two budgets cover it, and no eviction is ever allowed")
        case .serverError, .conflict, .rejected:
            return .refused(why: error.message, again: 5)
        default: throw error
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
        guard let pods else {
            return RunError(
                .cannotRead, "the drain took \(limitSeconds) s and no apiserver answers; resume waits again")
        }
        let stuck = pods.map { pod in
            "\(pod.namespace)/\(pod.name): \(reasons[pod.uid] ?? "it does not end")"
        }
        let names = pods.map { "--delete-pod \($0.namespace)/\($0.name)" }.joined(separator: " ")
        return RunError(
            .cannotWrite,
            "the drain took \(limitSeconds) s and is not done (\(stuck.joined(separator: "; "))); resume waits again, "
                + "resume \(names) deletes them, undo gives the node back")
    }
}

extension PodObject {
    /// A cordon is the taint `node.kubernetes.io/unschedulable:NoSchedule` to the scheduler.
    var toleratesCordons: Bool {
        placement.tolerations.contains { toleration in
            let isAny = (toleration.key ?? "").isEmpty && toleration.operator == "Exists"
            let isIts = toleration.key == "node.kubernetes.io/unschedulable"
            return (isAny || isIts) && ["", "NoSchedule"].contains(toleration.effect ?? "")
        }
    }
}
