import UpgradePlanning

/// A cluster of any size that is well: three masters, thirty pods on every node, one budget for every ten Deployments.
enum LargeCluster {
    static let now = Version(1, 34, 1)
    static let next = Version(1, 35, 0)

    static func facts(nodes count: Int) -> ClusterFacts {
        let names = (0..<count).compactMap { NodeName("node-\($0)") }
        let masters = Array(names.prefix(3))
        return ClusterFacts(
            cluster: "large", observedAt: Instant(secondsSince1970: 1_795_000_000),
            nodes: names.map { node($0, isMaster: masters.contains($0)) },
            etcd: masters.map { EtcdEndpointFacts(node: $0, status: .seen(member($0, of: masters))) },
            apiServers: masters.map { APIServerFacts(node: $0, status: .seen(apiServer)) },
            kubernetes: .seen(kubernetes(names, asked: masters.first)))
    }

    static func channel(_ facts: ClusterFacts) -> ChannelFacts {
        let offer = NodeOffer(
            kubernetes: next, etcd: Version(3, 5, 24), containerd: Version(2, 1, 4), kernel: "6.12.50")
        let offers = Dictionary(facts.nodes.map { ($0.name, Observed.seen(offer)) }, uniquingKeysWith: { $1 })
        return ChannelFacts(source: .version(next), offers: offers, bridges: [])
    }

    private static let apiServer = APIServerStatus(
        version: now, notReady: [], kubeSystemUID: .seen("uid"), deprecatedRequests: .seen([]))

    private static func member(_ node: NodeName, of masters: [NodeName]) -> EtcdMemberFacts {
        let peers = masters.map { master in
            EtcdPeerFacts(
                memberID: "id-\(master)", name: master.text, peerURLs: ["https://\(master):2380"],
                clientURLs: ["https://\(master):2379"], isLearner: false)
        }
        return EtcdMemberFacts(
            clusterID: "c", memberID: "id-\(node)", version: Version(3, 5, 24), storageVersion: nil,
            leaderID: masters.first.map { "id-\($0)" }, isLearner: false, revision: 900_000, raftTerm: 2,
            raftIndex: 1_000_000, raftAppliedIndex: 1_000_000, databaseSize: 600 << 20, databaseSizeInUse: 500 << 20,
            databaseQuota: nil, members: peers, alarms: [], errors: [],
            hash: .seen(EtcdHashFacts(revision: 900_000, compactRevision: 1, hash: 42)))
    }

    private static func node(_ name: NodeName, isMaster: Bool) -> NodeFacts {
        var parts: [(Component, Version)] = [(.kubelet, now), (.proxy, now), (.containerd, Version(2, 1, 4))]
        if isMaster {
            parts += [(.apiServer, now), (.controllerManager, now), (.scheduler, now), (.etcd, Version(3, 5, 24))]
        }
        let kernel = "/nix/store/\(String(repeating: "k", count: 32))-linux-6.12.50/bzImage"
        var host = HostFacts(
            hostname: name.text, machineID: "machine-\(name)", bootID: "boot", kernel: "6.12.50",
            nixosVersion: "25.11",
            generations: GenerationFacts(
                profileNumber: 7, profile: nil, current: nil, booted: nil, currentKernel: kernel, bootedKernel: kernel,
                all: [:]),
            units: parts.map { unit($0.0) }, failedUnits: [],
            components: parts.map {
                ComponentFacts(component: $0.0, version: $0.1, executable: "/run/bin/\($0.0.rawValue)")
            },
            pki: [], disks: [], memoryTotal: 64 << 30, memoryAvailable: 32 << 30, clockOffsetMilliseconds: 0,
            rebuilders: [], interfaces: [], isOperatorHost: false)
        host.platform.cgroupVersion = 2
        host.platform.loaders = [.systemdBoot]
        return NodeFacts(name: name, addresses: [AddressFacts(address: name.text, state: .used)], host: .seen(host))
    }

    private static func unit(_ component: Component) -> UnitFacts {
        UnitFacts(
            name: component.unit, loadState: "loaded", activeState: "active", subState: "running", activeSince: nil,
            restarts: 0, user: "root", commandLine: nil, server: "https://node-0:6443")
    }

    private static func kubernetes(_ names: [NodeName], asked: NodeName?) -> KubernetesFacts {
        let nodes = names.map { name in
            NodeObjectFacts(
                name: name.text, uid: "uid-\(name)", kubeletVersion: now, proxyVersion: now,
                containerRuntime: "containerd://2.1.4", internalAddresses: [], isReady: true, troubles: [],
                isUnschedulable: false, cordonedByRun: nil, taints: [],
                labels: ["kubernetes.io/hostname": name.text], podCapacity: 110, allocatableCPU: 16_000,
                allocatableMemory: 64 << 30)
        }
        return KubernetesFacts(
            askedNode: asked, nodes: nodes, pods: names.indices.flatMap { pods(on: $0, of: names) },
            budgets: (0..<names.count).map(budget), leases: [], deprecatedObjects: .seen([]))
    }

    /// Thirty pods: replicas of Deployments that are spread over three neighbouring nodes.
    private static func pods(on index: Int, of names: [NodeName]) -> [PodFacts] {
        (0..<30).map { slot in
            let app = (index + names.count - slot % 3) % names.count * 10 + slot / 3
            return PodFacts(
                namespace: "team-\(app % 50)", name: "app-\(app)-\(slot % 3)", uid: "uid-\(index)-\(slot)",
                nodeName: names[index].text, phase: "Running", isReady: true, isTerminating: false, isMirror: false,
                ownerKind: "ReplicaSet", ownerName: "app-\(app)", labels: ["app": "app-\(app)"],
                gracePeriodSeconds: 30, volumes: slot == 0 ? [.emptyDirectory(name: "cache", limit: nil)] : [],
                requestedCPU: 100, requestedMemory: 256 << 20)
        }
    }

    private static func budget(_ index: Int) -> BudgetFacts {
        let app = index * 10
        return BudgetFacts(
            namespace: "team-\(app % 50)", name: "app-\(app)",
            selector: LabelSelectorFacts(matchLabels: ["app": "app-\(app)"], matchExpressions: []),
            minAvailable: "2", maxUnavailable: nil, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3,
            disruptionsAllowed: 1)
    }
}
