/// The nodes of a cluster with what runs on them, as the scheduler sees them: places pods, one after the other.
///
/// Knows the scheduler's hard rules (labels, taints, volumes, resources, slots, host ports, required affinity between
/// pods) and none of its preferences: where a pod will run is not forecast, only whether it can run anywhere.
struct Room {
    private struct Place {
        let node: NodeObjectFacts
        var freeCPU: Int64
        var freeMemory: Int64
        var freeSlots: Int
        var freeDevices: [String: Int64]
        var ports: Set<String>
        var pods: [PodFacts]
    }

    /// Those with the most free memory first.
    private var places: [Place]
    private let claims: [String: ClaimFacts]
    private let indices: [String: Int]
    /// Terms of pods that are there and repel others, by the node that they are on.
    private var repelling: [(node: String, pod: PodFacts, term: PodTermFacts)]

    init(_ facts: KubernetesFacts) {
        let byNode = Dictionary(grouping: facts.pods.filter(\.takesRoom), by: \.nodeName)
        claims = Dictionary(
            (facts.claims.value ?? []).map { ("\($0.namespace)/\($0.name)", $0) }, uniquingKeysWith: { $1 })
        let places = facts.nodes.map { node in
            let pods = byNode[node.name] ?? []
            return Place(
                node: node, freeCPU: node.allocatableCPU - pods.reduce(0) { $0 + $1.requestedCPU },
                freeMemory: node.allocatableMemory - pods.reduce(0) { $0 + $1.requestedMemory },
                freeSlots: node.podCapacity - pods.count, freeDevices: Self.freeDevices(node, pods),
                ports: Set(pods.flatMap(\.placement.hostPorts)), pods: pods)
        }.sorted { ($1.freeMemory, $0.node.name) < ($0.freeMemory, $1.node.name) }
        self.places = places
        indices = Dictionary(places.indices.map { (places[$0].node.name, $0) }, uniquingKeysWith: { first, _ in first })
        repelling = places.flatMap { place in place.pods.flatMap { Self.terms(of: $0, on: place.node.name) } }
    }

    private static func freeDevices(_ node: NodeObjectFacts, _ pods: [PodFacts]) -> [String: Int64] {
        guard let devices = node.allocatableDevices else { return [:] }
        return pods.reduce(into: devices) { free, pod in
            for (name, count) in pod.requestedDevices ?? [:] { free[name, default: 0] -= count }
        }
    }

    private static func terms(of pod: PodFacts, on node: String) -> [(node: String, pod: PodFacts, term: PodTermFacts)]
    {
        pod.placement.repels.map { (node, pod, $0) }
    }

    /// Takes a pod off its node.
    mutating func remove(_ pod: PodFacts) {
        guard let index = indices[pod.nodeName] else { return }
        if !pod.placement.repels.isEmpty { repelling.removeAll { $0.pod.uid == pod.uid } }
        places[index].pods.removeAll { $0.uid == pod.uid }
        places[index].freeCPU += pod.requestedCPU
        places[index].freeMemory += pod.requestedMemory
        places[index].freeSlots += 1
        for (name, count) in pod.requestedDevices ?? [:] { places[index].freeDevices[name, default: 0] += count }
        places[index].ports.subtract(pod.placement.hostPorts)
    }

    /// Finds a node for a pod and puts it there; returns why there is none.
    mutating func place(_ pod: PodFacts, except closed: String) -> String? {
        var reasons: [String: Int] = [:]
        for index in places.indices where places[index].node.name != closed {
            if let reason = obstacle(to: pod, on: places[index]) {
                reasons[reason, default: 0] += 1
                continue
            }
            places[index].pods.append(pod)
            repelling += Self.terms(of: pod, on: places[index].node.name)
            places[index].freeCPU -= pod.requestedCPU
            places[index].freeMemory -= pod.requestedMemory
            places[index].freeSlots -= 1
            for (name, count) in pod.requestedDevices ?? [:] { places[index].freeDevices[name, default: 0] -= count }
            places[index].ports.formUnion(pod.placement.hostPorts)
            return nil
        }
        guard !reasons.isEmpty else { return "there is no other node" }
        return reasons.sorted { $0.key < $1.key }.map { "\($0.value) \($0.value == 1 ? "node" : "nodes"): \($0.key)" }
            .joined(separator: "; ")
    }

    private func obstacle(to pod: PodFacts, on place: Place) -> String? {
        let (node, wanted) = (place.node, pod.placement)
        if !node.isReady { return "not ready" }
        if node.isUnschedulable { return "cordoned" }
        if let taint = node.taints.first(where: { taint in
            taint.effect != "PreferNoSchedule" && !wanted.tolerations.contains { $0.tolerates(taint) }
        }) {
            return "tainted \(taint.key)"
        }
        if !wanted.nodeSelector.allSatisfy({ node.labels[$0.key] == $0.value }) { return "other labels" }
        if !wanted.nodeTerms.isEmpty, !wanted.nodeTerms.contains(where: { $0.matches(node) }) { return "other labels" }
        if let claim = volumes(of: pod).first(where: {
            !$0.nodeTerms.isEmpty && !$0.nodeTerms.contains { $0.matches(node) }
        }) {
            return "not where volume \(claim.volume) is"
        }
        if place.freeSlots < 1 { return "no pod slot left" }
        if pod.requestedCPU > 0, place.freeCPU < pod.requestedCPU { return "too little CPU" }
        if pod.requestedMemory > 0, place.freeMemory < pod.requestedMemory { return "too little memory" }
        if let device = (pod.requestedDevices ?? [:]).first(where: { place.freeDevices[$0.key, default: 0] < $0.value })
        {
            return "no \(device.key) left"
        }
        if !place.ports.isDisjoint(with: wanted.hostPorts) { return "host port taken" }
        return affinityObstacle(to: pod, on: node)
    }

    private func affinityObstacle(to pod: PodFacts, on node: NodeObjectFacts) -> String? {
        for term in pod.placement.repels where domain(of: node, term).contains(where: { term.concerns($0, from: pod) })
        {
            return "a pod there that it repels"
        }
        // A pod that is there may repel the one that comes.
        for (name, other, term) in repelling where term.concerns(pod, from: other) {
            guard let value = indices[name].flatMap({ places[$0].node.labels[term.topologyKey] }) else { continue }
            if node.labels[term.topologyKey] == value { return "a pod there that repels it" }
        }
        for term in pod.placement.attracts
        where !domain(of: node, term).contains(where: { term.concerns($0, from: pod) }) {
            // The first pod of a group that attracts itself may run anywhere.
            let isFirst = !places.contains { $0.pods.contains { term.concerns($0, from: pod) } }
            if isFirst, term.concerns(pod, from: pod) { continue }
            return "no pod there that it needs"
        }
        return nil
    }

    private func domain(of node: NodeObjectFacts, _ term: PodTermFacts) -> [PodFacts] {
        guard let value = node.labels[term.topologyKey] else { return [] }
        return places.filter { $0.node.labels[term.topologyKey] == value }.flatMap(\.pods)
    }

    private func volumes(of pod: PodFacts) -> [ClaimFacts] {
        pod.volumes.compactMap { volume in
            guard case .claim(let name) = volume else { return nil }
            return claims["\(pod.namespace)/\(name)"]
        }
    }
}

extension PodTermFacts {
    /// Whether `other` is one of the pods that a term of `owner` speaks of.
    fileprivate func concerns(_ other: PodFacts, from owner: PodFacts) -> Bool {
        (namespaces.isEmpty ? other.namespace == owner.namespace : namespaces.contains(other.namespace))
            && selector.matches(other.labels)
    }
}

extension PodFacts {
    var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }

    /// It holds resources of its node.
    var takesRoom: Bool { !nodeName.isEmpty && !isFinished }

    /// `shop/web-1`.
    var reference: String { "\(namespace)/\(name)" }
}
