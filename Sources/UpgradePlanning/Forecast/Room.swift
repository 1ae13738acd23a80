/// The nodes of a cluster with what runs on them, as the scheduler sees them: places pods, one after the other.
///
/// Knows the scheduler's hard rules (labels, taints, volumes, resources, slots, host ports, required affinity between
/// pods, required spread) and none of its preferences: where a pod will run is not forecast, only whether it can run anywhere.
///
/// A copy is cheap and knows only what was changed in it: each node's drain is forecast on one of its own.
struct Room {
    struct Place {
        let node: NodeObjectFacts
        var freeCPU: Int64
        var freeMemory: Int64
        var freeSlots: Int
        var freeDevices: [String: Int64]
        var ports: Set<String>
        var pods: [PodFacts]
    }

    /// As they are before anything moves; those with the most free memory first.
    let places: [Place]
    private var changed: [Int: Place] = [:]
    private let claims: [String: ClaimFacts]
    private let namespaces: Namespaces
    private let indices: [String: Int]
    /// Terms of pods that are there and repel others, by the namespace of those.
    private let repelling: [String: [Repulsion]]
    private var moreRepelling: [String: [Repulsion]] = [:]
    /// Pods that left their node, by UID.
    private var gone: Set<String> = []

    private struct Repulsion {
        let node: String
        let pod: PodFacts
        let term: PodTermFacts
    }

    init(_ facts: KubernetesFacts) {
        let namespaces = Namespaces(facts)
        self.namespaces = namespaces
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
        repelling = places.reduce(into: [:]) { terms, place in
            for pod in place.pods { Self.add(pod, on: place.node.name, to: &terms, namespaces) }
        }
    }

    private static func freeDevices(_ node: NodeObjectFacts, _ pods: [PodFacts]) -> [String: Int64] {
        guard let devices = node.allocatableDevices else { return [:] }
        return pods.reduce(into: devices) { free, pod in
            for (name, count) in pod.requestedDevices ?? [:] { free[name, default: 0] -= count }
        }
    }

    private static func add(
        _ pod: PodFacts, on node: String, to terms: inout [String: [Repulsion]], _ namespaces: Namespaces
    ) {
        for term in pod.placement.repels {
            for namespace in namespaces.of(term, owner: pod) {
                terms[namespace, default: []].append(Repulsion(node: node, pod: pod, term: term))
            }
        }
    }

    func place(at index: Int) -> Place { changed[index] ?? places[index] }

    /// Takes a pod off its node.
    mutating func remove(_ pod: PodFacts) {
        guard let index = indices[pod.nodeName] else { return }
        gone.insert(pod.uid)
        var place = place(at: index)
        place.pods.removeAll { $0.uid == pod.uid }
        place.freeCPU += pod.requestedCPU
        place.freeMemory += pod.requestedMemory
        place.freeSlots += 1
        for (name, count) in pod.requestedDevices ?? [:] { place.freeDevices[name, default: 0] += count }
        place.ports.subtract(pod.placement.hostPorts)
        changed[index] = place
    }

    /// Finds a node for a pod and puts it there; returns why there is none.
    mutating func place(_ pod: PodFacts, except closed: String) -> String? {
        var reasons: [String: Int] = [:]
        let spread = Spread(of: pod, in: self, closed: closed)
        for index in places.indices where places[index].node.name != closed {
            let place = place(at: index)
            if let reason = obstacle(to: pod, on: place) ?? spread.obstacle(on: place.node) {
                reasons[reason, default: 0] += 1
                continue
            }
            put(pod, on: place, index)
            return nil
        }
        guard !reasons.isEmpty else { return "there is no other node" }
        return reasons.sorted { $0.key < $1.key }.map { "\($0.value) \($0.value == 1 ? "node" : "nodes"): \($0.key)" }
            .joined(separator: "; ")
    }

    private mutating func put(_ pod: PodFacts, on place: Place, _ index: Int) {
        var place = place
        place.pods.append(pod)
        Self.add(pod, on: place.node.name, to: &moreRepelling, namespaces)
        place.freeCPU -= pod.requestedCPU
        place.freeMemory -= pod.requestedMemory
        place.freeSlots -= 1
        for (name, count) in pod.requestedDevices ?? [:] { place.freeDevices[name, default: 0] -= count }
        place.ports.formUnion(pod.placement.hostPorts)
        changed[index] = place
    }

    private func obstacle(to pod: PodFacts, on place: Place) -> String? {
        let (node, wanted) = (place.node, pod.placement)
        if !node.isReady { return "not ready" }
        if node.isUnschedulable { return "cordoned" }
        if let taint = wanted.hostileTaint(node) { return "tainted \(taint.key)" }
        if !wanted.allows(node) { return "other labels" }
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
        for term in pod.placement.repels
        where domain(of: node, term).contains(where: { namespaces.concerns(term, $0, from: pod) }) {
            return "a pod there that it repels"
        }
        // A pod that is there may repel the one that comes.
        if isRepelled(pod, from: node) { return "a pod there that repels it" }
        for term in pod.placement.attracts
        where !domain(of: node, term).contains(where: { namespaces.concerns(term, $0, from: pod) }) {
            // The first pod of a group that attracts itself may run anywhere.
            let isFirst = !places.indices.contains { index in
                place(at: index).pods.contains { namespaces.concerns(term, $0, from: pod) }
            }
            if isFirst, namespaces.concerns(term, pod, from: pod) { continue }
            return "no pod there that it needs"
        }
        return nil
    }

    private func domain(of node: NodeObjectFacts, _ term: PodTermFacts) -> [PodFacts] {
        guard let value = node.labels[term.topologyKey] else { return [] }
        return places.indices.filter { places[$0].node.labels[term.topologyKey] == value }
            .flatMap { place(at: $0).pods }
    }

    private func isRepelled(_ pod: PodFacts, from node: NodeObjectFacts) -> Bool {
        func isThere(_ repulsion: Repulsion) -> Bool {
            guard namespaces.concerns(repulsion.term, pod, from: repulsion.pod), let index = indices[repulsion.node],
                let value = places[index].node.labels[repulsion.term.topologyKey]
            else { return false }
            return node.labels[repulsion.term.topologyKey] == value
        }
        return (repelling[pod.namespace] ?? []).contains { !gone.contains($0.pod.uid) && isThere($0) }
            || (moreRepelling[pod.namespace] ?? []).contains(where: isThere)
    }

    private func volumes(of pod: PodFacts) -> [ClaimFacts] {
        pod.volumes.compactMap { volume in
            guard case .claim(let name) = volume else { return nil }
            return claims["\(pod.namespace)/\(name)"]
        }
    }
}

extension PodFacts {
    var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }

    /// It holds resources of its node.
    var takesRoom: Bool { !nodeName.isEmpty && !isFinished }

    /// `shop/web-1`.
    var reference: String { "\(namespace)/\(name)" }
}
