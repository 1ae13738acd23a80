import KubernetesClient
import Plans

/// What a drain may take away: pods that nothing brings back and data that goes with its pod, as far as the plan named
/// them, since that is what a person agreed to. Pure.
struct DrainPolicy: Hashable, Sendable {
    /// `namespace/name` of pods.
    private let unmanaged: Set<String>
    /// `namespace KIND NAME` of what owns pods with data of their own; of a ReplicaSet or Job without the last part of its
    /// name, which is another one after every change.
    private let workloads: Set<String>

    init(_ forecasts: [DrainForecast]) {
        // Those are accepted by name; one that a budget held back then was not among them.
        unmanaged = Set(forecasts.flatMap(\.unmanaged).map(\.pod))
        // What a budget held back then may go by now.
        let pods = forecasts.flatMap { $0.evictions.map { ($0.pod, $0.owner) } + $0.blocks.map { ($0.pod, $0.owner) } }
        var workloads: Set<String> = []
        let losers = Set(forecasts.flatMap(\.localData).filter { $0.fate == .lost }.map(\.pod))
        for (pod, owner) in pods where losers.contains(pod) {
            let words = (owner ?? "").split(separator: " ").map(String.init)
            guard words.count == 2, let space = pod.split(separator: "/").first else { continue }
            workloads.insert(Self.workload(String(space), kind: words[0], name: words[1]))
        }
        self.workloads = workloads
    }

    private static func workload(_ namespace: String, kind: String, name: String) -> String {
        let parts = name.split(separator: "-")
        let isNumbered = ["ReplicaSet", "Job"].contains(kind) && parts.count > 1
        return "\(namespace) \(kind) \(isNumbered ? parts.dropLast().joined(separator: "-") : name)"
    }

    /// Why a pod must not be moved; `nil` where it may.
    func objection(_ pod: PodObject) -> String? {
        guard !pod.isFinished, pod.deletionTimestamp == nil else { return nil }
        guard let controller = pod.controller else {
            return unmanaged.contains("\(pod.namespace)/\(pod.name)") ? nil : "nothing brings it back"
        }
        guard pod.volumes.contains(where: \.isLostWithPod) else { return nil }
        let workload = Self.workload(pod.namespace, kind: controller.kind, name: controller.name)
        return workloads.contains(workload) ? nil : "it has an emptyDir, which is lost with it"
    }
}

extension PodObject.Volume {
    fileprivate var isLostWithPod: Bool {
        if case .emptyDirectory = self { true } else { false }
    }
}
