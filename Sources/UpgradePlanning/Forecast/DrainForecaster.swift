import Plans

/// Forecasts the drain of a node: a pure function of pods, owners, budgets, volumes, rules of placement and capacity.
///
/// Evicts as `kubectl drain --ignore-daemonsets` does: all pods at once, refused ones again and again. What leaves in one
/// wave is placed elsewhere before the next: that is when a budget allows more.
struct DrainForecaster {
    private let pods: [String: [PodFacts]]
    private let budgets: Budgets
    private let room: Room
    private let localData: LocalDataReader

    init(_ facts: KubernetesFacts) {
        pods = Dictionary(grouping: facts.pods, by: \.nodeName)
        budgets = Budgets(facts.budgets)
        room = Room(facts)
        localData = LocalDataReader(claims: facts.claims.value ?? [])
    }

    /// `nodeName`: as Kubernetes calls it. `hostServices`: units of the host that run and that people use.
    func forecast(_ nodeName: String, as node: NodeName, hostServices: [String]) -> DrainForecast {
        var forecast = DrainForecast(node: node.text, hostServices: hostServices.sorted())
        let here = (pods[nodeName] ?? []).sorted { $0.reference < $1.reference }
        forecast.stays = here.filter(Self.stays).map(\.reference)
        var leaving = here.filter { !Self.stays($0) }
        // What a finished pod leaves behind nobody waits for.
        forecast.localData = leaving.filter { !$0.isFinished }.flatMap { localData.data(of: $0) }
        var budgets = budgets
        var room = room
        var wave = 1
        while !leaving.isEmpty {
            let (evicted, refused) = Self.tryAll(leaving, &budgets)
            guard !evicted.isEmpty else { break }
            forecast.evictions += settle(evicted, wave: wave, closed: nodeName, &room, &budgets)
            leaving = refused
            wave += 1
        }
        forecast.blocks = leaving.map { Self.block($0, budgets) }
        return forecast
    }

    /// Pods that a drain leaves alone (kubectl's `pkg/drain/filters.go`: a DaemonSet's that has ended goes).
    private static func stays(_ pod: PodFacts) -> Bool {
        pod.isMirror || pod.ownerKind == "DaemonSet" && !pod.isFinished
    }

    private static func tryAll(
        _ pods: [PodFacts], _ budgets: inout Budgets
    ) -> (evicted: [PodFacts], refused: [PodFacts]) {
        var evicted: [PodFacts] = []
        var refused: [PodFacts] = []
        for pod in pods {
            let indices = Budgets.isExempt(pod) ? [] : budgets.indices(of: pod)
            guard let index = indices.first else {
                evicted.append(pod)
                continue
            }
            if indices.count > 1 {
                refused.append(pod)
            } else if budgets.lets(unready: pod, under: index) {
                evicted.append(pod)
            } else if budgets.allowed[index] > 0 {
                budgets.take(index)
                evicted.append(pod)
            } else {
                refused.append(pod)
            }
        }
        return (evicted, refused)
    }

    /// Their successors are placed; a budget counts those that found a node as ready again.
    private func settle(
        _ pods: [PodFacts], wave: Int, closed: String, _ room: inout Room, _ budgets: inout Budgets
    ) -> [DrainForecast.Eviction] {
        for pod in pods { room.remove(pod) }
        return pods.map { pod in
            var eviction = DrainForecast.Eviction(
                pod: pod.reference, owner: pod.ownerKind.map { "\($0) \(pod.ownerName ?? "")" }, wave: wave,
                graceSeconds: pod.gracePeriodSeconds)
            if pod.isFinished {
                eviction.hasEnded = true
                return eviction
            }
            guard pod.ownerKind != nil else { return eviction }
            eviction.pendingBecause = room.place(pod, except: closed)
            if eviction.pendingBecause == nil, !Budgets.isExempt(pod), pod.isReady {
                for index in budgets.indices(of: pod) { budgets.give(index) }
            }
            return eviction
        }
    }

    private static func block(_ pod: PodFacts, _ budgets: Budgets) -> DrainForecast.Block {
        let standing = budgets.indices(of: pod).map { budgets.all[$0] }.sorted { $0.name < $1.name }
        let names = standing.map(\.name)
        let several = "it stands under \(standing.count) budgets: \(names.joined(separator: ", "))"
        return DrainForecast.Block(
            pod: pod.reference, owner: pod.ownerKind.map { "\($0) \(pod.ownerName ?? "")" },
            reason: standing.count == 1 ? standing[0].words : several, budgets: names)
    }
}

/// Data of a pod that a drain parts from it.
struct LocalDataReader {
    private let claims: [String: ClaimFacts]

    init(claims: [ClaimFacts]) {
        self.claims = Dictionary(
            claims.map { ("\($0.namespace)/\($0.name)", $0) }, uniquingKeysWith: { first, _ in first })
    }

    func data(of pod: PodFacts) -> [DrainForecast.LocalData] {
        pod.volumes.compactMap { volume in
            switch volume {
            case .emptyDirectory(let name, let limit):
                let size = limit.map { " (at most \(Amount.bytes($0)))" } ?? ""
                return DrainForecast.LocalData(pod: pod.reference, what: "emptyDir \(name)\(size)", fate: .lost)
            case .hostPath(let path):
                return DrainForecast.LocalData(pod: pod.reference, what: "host path \(path)", fate: .stays)
            case .claim(let name):
                guard let claim = claims["\(pod.namespace)/\(name)"], claim.isLocal else { return nil }
                let place = claim.path.map { " at \($0)" } ?? ""
                return DrainForecast.LocalData(pod: pod.reference, what: "claim \(name)\(place)", fate: .stays)
            }
        }
    }
}
