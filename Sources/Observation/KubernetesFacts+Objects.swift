import KubernetesClient
public import UpgradePlanning

extension NodeObjectFacts {
    /// The annotation that says which run of kupgrade cordoned a node.
    public static let runAnnotation = "kupgrade/run"

    init(_ node: NodeObject) {
        self.init(
            name: node.name, uid: node.uid, kubeletVersion: Version(node.info.kubeletVersion),
            proxyVersion: Version(node.info.kubeProxyVersion), containerRuntime: node.info.containerRuntimeVersion,
            internalAddresses: node.addresses.filter { $0.type == "InternalIP" }.map(\.address), isReady: node.isReady,
            troubles: Self.troubles(node.conditions), isUnschedulable: node.isUnschedulable,
            cordonedByRun: node.annotations[Self.runAnnotation],
            taints: node.taints.map { TaintFacts(key: $0.key, value: $0.value, effect: $0.effect) },
            labels: node.labels,
            podCapacity: node.allocatable.pods, allocatableCPU: node.allocatable.milliCPU,
            allocatableMemory: node.allocatable.memoryBytes)
        machineID = node.info.machineID.isEmpty ? nil : node.info.machineID
        if !node.allocatable.devices.isEmpty { allocatableDevices = node.allocatable.devices }
    }

    /// `Ready` should be True, every other condition of a kubelet False.
    private static func troubles(_ conditions: [NodeObject.Condition]) -> [String] {
        conditions.filter { $0.status != ($0.type == "Ready" ? "True" : "False") }
            .map { $0.reason.isEmpty ? $0.type : "\($0.type): \($0.reason)" }.sorted()
    }
}

extension PodFacts {
    init(_ pod: PodObject) {
        self.init(
            namespace: pod.namespace, name: pod.name, uid: pod.uid, nodeName: pod.nodeName, phase: pod.phase,
            isReady: pod.isReady, isTerminating: pod.deletionTimestamp != nil, isMirror: pod.isMirror,
            ownerKind: pod.controller?.kind, ownerName: pod.controller?.name, labels: pod.labels,
            gracePeriodSeconds: pod.terminationGracePeriodSeconds,
            volumes: pod.volumes.map { Self.volume($0, pod: pod.name) }, requestedCPU: pod.requests.milliCPU,
            requestedMemory: pod.requests.memoryBytes)
        placement = PlacementFacts(pod.placement)
        if !pod.requests.devices.isEmpty { requestedDevices = pod.requests.devices }
    }

    private static func volume(_ volume: PodObject.Volume, pod: String) -> Volume {
        switch volume {
        case .emptyDirectory(let name, let limit): .emptyDirectory(name: name, limit: limit)
        case .hostPath(_, let path): .hostPath(path)
        case .claim(_, let claim): .claim(claim)
        case .ephemeral(let name): .claim("\(pod)-\(name)")
        }
    }
}

extension BudgetFacts {
    init(_ budget: PodDisruptionBudget) {
        self.init(
            namespace: budget.namespace, name: budget.name, selector: LabelSelectorFacts(budget.selector),
            minAvailable: budget.minAvailable, maxUnavailable: budget.maxUnavailable,
            currentHealthy: budget.currentHealthy, desiredHealthy: budget.desiredHealthy,
            expectedPods: budget.expectedPods, disruptionsAllowed: budget.disruptionsAllowed)
        if budget.unhealthyPodEvictionPolicy == "AlwaysAllow" { letsUnready = true }
        if !budget.isCurrent { isStale = true }
    }
}

extension LabelSelectorFacts {
    /// A budget without a selector covers no pod: no label can both be there and not be there.
    init(_ selector: LabelSelector?) {
        guard let selector else {
            let key = "kupgrade/none"
            self.init(
                matchLabels: [:],
                matchExpressions: [
                    Expression(key: key, operator: "Exists", values: []),
                    Expression(key: key, operator: "DoesNotExist", values: []),
                ])
            return
        }
        self.init(
            matchLabels: selector.matchLabels,
            matchExpressions: selector.matchExpressions.map {
                Expression(key: $0.key, operator: $0.operator, values: $0.values)
            })
    }
}

extension LeaseFacts {
    init(_ lease: LeaseObject) {
        self.init(
            namespace: lease.namespace, name: lease.name, holder: lease.holder,
            renewedAt: lease.renewTime.flatMap { Instant(rfc3339: $0) })
    }
}
