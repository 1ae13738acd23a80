import Plans
import UpgradePlanning

/// Pods, budgets and claims that tests put into clusters.
enum TestPod {
    static func make(
        _ name: String, in namespace: String = "shop", on node: String, owner: String? = "ReplicaSet",
        labels: [String: String] = [:], memory: Int64 = 0, _ change: (inout PodFacts) -> Void = { _ in }
    ) -> PodFacts {
        var pod = PodFacts(
            namespace: namespace, name: name, uid: "uid-\(namespace)-\(name)", nodeName: node, phase: "Running",
            isReady: true, isTerminating: false, isMirror: false, ownerKind: owner, ownerName: owner.map { _ in name },
            labels: labels, gracePeriodSeconds: 30, volumes: [], requestedCPU: 0, requestedMemory: memory)
        change(&pod)
        return pod
    }

    /// `minAvailable`: as written. Healthy and allowed are as the controller computes them.
    static func budget(
        _ name: String, selecting label: String, min: Int, of count: Int, healthy: Int? = nil
    ) -> BudgetFacts {
        let healthy = healthy ?? count
        return BudgetFacts(
            namespace: "shop", name: name,
            selector: LabelSelectorFacts(matchLabels: ["app": label], matchExpressions: []), minAvailable: "\(min)",
            maxUnavailable: nil, currentHealthy: healthy, desiredHealthy: min, expectedPods: count,
            disruptionsAllowed: max(0, healthy - min))
    }

    static func claim(_ name: String, on node: String) -> ClaimFacts {
        ClaimFacts(
            namespace: "shop", name: name, volume: "disk-\(name)", kind: "local", path: "/var/lib/volumes/\(name)",
            nodeTerms: [
                NodeTermFacts(labels: [
                    NodeTermFacts.Expression(key: "kubernetes.io/hostname", operator: "In", values: [node])
                ])
            ])
    }
}

extension TestCluster {
    /// Three masters with Kubernetes about to move, so that every node is drained, and these pods.
    static func with(
        _ pods: [PodFacts], budgets: [BudgetFacts] = [], claims: [ClaimFacts] = []
    ) -> TestCluster {
        var cluster = threeMasters()
        cluster.kubernetes { facts in
            facts.pods = pods
            facts.budgets = budgets
            facts.claims = .seen(claims)
            for index in facts.nodes.indices {
                facts.nodes[index].labels = ["kubernetes.io/hostname": facts.nodes[index].name]
            }
        }
        return cluster
    }

    func drain(_ node: String) -> DrainForecast? { plan().goal.nodes.first { $0.node == node }?.drain }
}
