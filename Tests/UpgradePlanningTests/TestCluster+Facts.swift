import UpgradePlanning

extension TestCluster {
    static func facts(_ nodes: [Node]) -> ClusterFacts {
        let members = nodes.filter(\.hasEtcd)
        var facts = ClusterFacts(
            cluster: "lab", observedAt: moment, nodes: nodes.map(node),
            etcd: members.map { EtcdEndpointFacts(node: name($0.name), status: .seen(member($0, of: members))) },
            apiServers: nodes.filter(\.isMaster).map { APIServerFacts(node: name($0.name), status: .seen(status($0))) },
            kubernetes: .seen(
                KubernetesFacts(
                    askedNode: nodes.first { $0.isMaster }.map { name($0.name) },
                    nodes: nodes.filter(\.hasKubelet).map { object($0.name, kubelet: $0.kubelet ?? $0.kubernetes) },
                    pods: [], budgets: [], leases: [], deprecatedObjects: .seen([]))))
        facts.archives = .seen([archive])
        return facts
    }

    /// Made an hour ago.
    static let archive = ArchiveFacts(
        name: "lab-1", cluster: "lab", clusterID: "c1",
        createdAt: Instant(secondsSince1970: moment.secondsSince1970 - 3_600), grade: .proven, revision: 90, keys: 300,
        size: 1 << 20, sha256: String(repeating: "0", count: 64), kubernetes: labNow, etcd: Version(3, 4, 23),
        nodes: [],
        recipients: [], hasEncryptionKeys: true)

    static func storePath(_ name: String) -> StorePath? {
        StorePath(containing: "/nix/store/" + String(repeating: "a", count: 32) + "-" + name)
    }

    static func unit(_ name: String, server: String? = nil) -> UnitFacts {
        UnitFacts(
            name: name, loadState: "loaded", activeState: "active", subState: "running", activeSince: nil, restarts: 0,
            user: "root", commandLine: nil, server: server)
    }

    private static func node(_ node: Node) -> NodeFacts {
        NodeFacts(
            name: name(node.name),
            addresses: [
                AddressFacts(address: "\(node.name).tailnet", state: .used),
                AddressFacts(address: "\(node.name).lan", state: .answers),
            ],
            host: .seen(host(node)))
    }

    private static func host(_ node: Node) -> HostFacts {
        let kernel = "/nix/store/\(String(repeating: "k", count: 32))-linux-\(node.kernel)/bzImage"
        var host = HostFacts(
            hostname: node.name, machineID: "machine-\(node.name)", bootID: "boot-1", kernel: node.kernel,
            nixosVersion: node.nixos,
            generations: GenerationFacts(
                profileNumber: 7, profile: node.toplevel,
                current: node.toplevel ?? Self.storePath("nixos-system-today"), booted: node.toplevel,
                currentKernel: kernel, bootedKernel: kernel, all: [:]),
            units: components(node).map { unit($0.component.unit, server: server(node, $0.component)) } + node.units,
            failedUnits: [], components: components(node), pki: [], disks: [], memoryTotal: 8 << 30,
            memoryAvailable: 4 << 30, clockOffsetMilliseconds: 0, rebuilders: [], interfaces: [],
            isOperatorHost: node.isOperatorHost)
        host.platform.cgroupVersion = 2
        host.platform.loaders = [.systemdBoot]
        return host
    }

    private static func server(_ node: Node, _ component: Component) -> String? {
        switch component {
        case .kubelet, .proxy, .controllerManager, .scheduler: node.server.map { "https://\($0):6443" }
        case .etcd, .apiServer, .containerd, .flannel: nil
        }
    }

    private static func components(_ node: Node) -> [ComponentFacts] {
        func part(_ component: Component, _ version: Version) -> ComponentFacts {
            ComponentFacts(component: component, version: version, executable: "/run/bin/\(component.rawValue)")
        }
        let kubelet = node.kubelet ?? node.kubernetes
        var parts: [ComponentFacts] = []
        if node.hasKubelet {
            parts += [part(.kubelet, kubelet), part(.proxy, kubelet), part(.containerd, node.containerd)]
        }
        if node.isMaster {
            parts += [.apiServer, .controllerManager, .scheduler].map { part($0, node.kubernetes) }
        }
        if node.hasEtcd { parts.append(part(.etcd, node.etcd)) }
        return parts
    }

    private static func status(_ node: Node) -> APIServerStatus {
        APIServerStatus(
            version: node.kubernetes, notReady: [], kubeSystemUID: .seen("uid-1"), deprecatedRequests: .seen([]))
    }

    private static func member(_ node: Node, of members: [Node]) -> EtcdMemberFacts {
        EtcdMemberFacts(
            clusterID: "c1", memberID: "id-\(node.name)", version: node.etcd, storageVersion: nil,
            leaderID: members.first.map { "id-\($0.name)" }, isLearner: false, revision: 100, raftTerm: 2,
            raftIndex: 1_000, raftAppliedIndex: 1_000, databaseSize: 1 << 20, databaseSizeInUse: 1 << 19,
            databaseQuota: nil,
            members: members.map {
                EtcdPeerFacts(
                    memberID: "id-\($0.name)", name: $0.name, peerURLs: ["https://\($0.name):2380"],
                    clientURLs: ["https://\($0.name):2379"], isLearner: false)
            },
            alarms: [], errors: [], hash: .seen(EtcdHashFacts(revision: 100, compactRevision: 1, hash: 42)))
    }

    static func object(_ name: String, kubelet: Version) -> NodeObjectFacts {
        NodeObjectFacts(
            name: name, uid: "uid-\(name)", kubeletVersion: kubelet, proxyVersion: kubelet,
            containerRuntime: "containerd://1.6.20", internalAddresses: [], isReady: true, troubles: [],
            isUnschedulable: false, cordonedByRun: nil, taints: [], labels: [:], podCapacity: 110,
            allocatableCPU: 4_000, allocatableMemory: 8 << 30)
    }
}
