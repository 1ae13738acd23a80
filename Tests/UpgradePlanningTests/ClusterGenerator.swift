import UpgradePlanning

/// Makes clusters of every kind that the properties are tried on: legal ones, mixed ones, with and without a way.
struct ClusterGenerator {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func cluster() -> TestCluster {
        let lowest = Int.random(in: 18...32, using: &random)
        let hops = Int.random(in: 0...4, using: &random)
        let etcd = Version(3, Int.random(in: 4...5, using: &random), 25)
        var cluster = TestCluster(nodes(lowest: lowest, etcd: etcd), offer: offer(lowest + hops, etcd: nextEtcd(etcd)))
        let all = Set(cluster.facts.nodes.map(\.name))
        cluster.channel.bridges = (lowest..<(lowest + max(hops, 1))).compactMap { minor in
            guard minor > lowest ? !random.chance(10) : random.chance(30) else { return nil }
            let offer = offer(minor, etcd: etcd)
            return ChannelFacts.Bridge(
                minor: MinorRelease(major: 1, minor: minor), reference: "pin-\(minor)",
                offers: Dictionary(all.sorted().map { ($0, .seen(offer)) }) { $1 })
        }
        decorate(&cluster)
        return cluster
    }

    /// Mostly the running etcd, sometimes the next minor.
    private mutating func nextEtcd(_ etcd: Version) -> Version {
        random.chance(15) ? Version(3, etcd.minor + 1, 1) : etcd
    }

    private mutating func offer(_ minor: Int, etcd: Version) -> NodeOffer {
        NodeOffer(
            kubernetes: Version(1, minor, Int.random(in: 10...12, using: &random)), etcd: etcd,
            containerd: Version(1, Int.random(in: 6...7, using: &random), 1),
            kernel: random.chance(50) ? "6.1.55" : "6.6.\(minor)", nixos: "nixos-\(minor)")
    }

    private mutating func nodes(lowest: Int, etcd: Version) -> [TestCluster.Node] {
        let masters = [1, 1, 2, 3, 3, 5].randomElement(using: &random) ?? 1
        let workers = Int.random(in: 0...4, using: &random)
        let isShared = random.chance(15)
        let followsFirst = random.chance(20)
        let isMixed = random.chance(20)
        let names = (0..<(masters + workers)).map { "n\($0)" }.shuffled(using: &random)
        return names.enumerated().map { index, name in
            let isMaster = index < masters
            let ahead = isMaster && isMixed && random.chance(50) ? 1 : 0
            let kubernetes = Version(1, lowest + ahead, Int.random(in: 0...9, using: &random))
            let lag = isMaster ? 0 : Int.random(in: 0...(lowest >= 28 ? 3 : 2), using: &random)
            let own = isMaster && !followsFirst ? name : names[0]
            return TestCluster.Node(
                name: name, isMaster: isMaster, hasEtcd: isMaster, hasKubelet: !isMaster || !random.chance(10),
                kubernetes: kubernetes, kubelet: Version(1, lowest - (isMaster ? 0 : lag), 3), etcd: etcd,
                server: random.chance(10) ? nil : isShared ? "vip" : own, isOperatorHost: index == 1)
        }
    }

    private mutating func decorate(_ cluster: inout TestCluster) {
        for name in cluster.facts.nodes.map(\.name.text) {
            if random.chance(5) { cluster.object(name) { $0.isUnschedulable = true } }
            if random.chance(30) { cluster.host(name) { $0.units.append(TestCluster.unit("certmgr.service")) } }
        }
        if random.chance(5), let last = cluster.facts.etcd.last?.node.text {
            for index in cluster.facts.etcd.indices where cluster.facts.etcd[index].node.text == last {
                cluster.facts.etcd[index].status = .absent(Absence(.timedOut, "too slow"))
            }
        }
        if random.chance(30) { cluster.policy.gitOpsHook = "argocd" }
    }

    /// The same facts, with every list in another order that has none of its own.
    mutating func shuffled(_ cluster: TestCluster) -> TestCluster {
        var result = cluster
        result.facts.nodes.shuffle(using: &random)
        result.facts.etcd.shuffle(using: &random)
        result.facts.apiServers.shuffle(using: &random)
        result.channel.bridges.shuffle(using: &random)
        result.channel.offers = Dictionary(cluster.channel.offers.shuffled(using: &random).map { ($0.key, $0.value) }) {
            $1
        }
        for name in cluster.facts.nodes.map(\.name.text) {
            result.host(name) { host in
                host.units.shuffle(using: &random)
                host.components.shuffle(using: &random)
                host.pki.shuffle(using: &random)
            }
            result.member(name) { $0.members.shuffle(using: &random) }
        }
        result.kubernetes { $0.nodes.shuffle(using: &random) }
        return result
    }
}
