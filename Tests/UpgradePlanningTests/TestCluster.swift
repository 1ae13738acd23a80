import Plans
import UpgradePlanning

/// Facts and offers of a cluster that tests build, change and plan for. All nodes are well unless a test says
/// otherwise.
struct TestCluster {
    var facts: ClusterFacts
    var channel: ChannelFacts
    var policy = PlanPolicy()

    static let moment = Instant(secondsSince1970: 1_795_000_000)

    /// What one node is made of.
    struct Node {
        var name: String
        var isMaster = false
        var hasEtcd = false
        var hasKubelet = true
        var kubernetes: Version
        var kubelet: Version?
        var etcd = Version(3, 4, 23)
        var containerd = Version(1, 6, 20)
        var kernel = "6.1.55"
        var nixos = "21.05.lab"
        var toplevel: StorePath?
        /// Host of the apiserver its components use; `nil` where nobody could read it.
        var server: String?
        var isOperatorHost = false
        var units: [UnitFacts] = []
    }

    init(_ nodes: [Node], offer: NodeOffer, bridges: [NodeOffer] = []) {
        let names = nodes.map { Self.name($0.name) }
        func offers(_ offer: NodeOffer) -> [NodeName: Observed<NodeOffer>] {
            Dictionary(names.map { ($0, .seen(offer)) }) { $1 }
        }
        facts = Self.facts(nodes)
        channel = ChannelFacts(
            source: .flake(reference: "/etc/nixos", override: nil), offers: offers(offer),
            bridges: bridges.map { bridge in
                ChannelFacts.Bridge(
                    minor: bridge.kubernetes.minorRelease,
                    reference: "github:NixOS/nixpkgs/\(bridge.kubernetes.minorRelease)", offers: offers(bridge))
            })
    }

    static func name(_ text: String) -> NodeName {
        guard let name = NodeName(text) else { preconditionFailure("\(text) is no node name") }
        return name
    }

    func plan() -> Plan { Planner.plan(PlanRequest(facts: facts, channel: channel, policy: policy)) }

    func findings(_ code: String) -> [Finding] { plan().findings.filter { $0.code == code } }

    // MARK: the lab

    static let labNow = Version(1, 20, 2)
    static let labBridge = NodeOffer(
        kubernetes: Version(1, 21, 0, build: "lab"), etcd: Version(3, 4, 23), containerd: Version(1, 6, 20),
        kernel: "6.1.55", nixos: "21.05.bridge")
    static let labNext = NodeOffer(
        kubernetes: Version(1, 22, 0, build: "lab"), etcd: Version(3, 5, 16), containerd: Version(1, 6, 20),
        kernel: "6.1.55", nixos: "21.05.next")

    /// grey-area is the master, with one etcd member; the others are workers.
    static func singleMaster(
        etcd: Version? = Version(3, 4, 23), bridges: [NodeOffer] = [labBridge]
    ) -> TestCluster {
        TestCluster(
            [
                Node(name: "grey-area", isMaster: true, hasEtcd: true, kubernetes: labNow, server: "grey-area"),
                Node(name: "congenital-optimist", kubernetes: labNow, server: "grey-area"),
                Node(name: "limiting-factor", kubernetes: labNow, server: "grey-area"),
            ], offer: next(etcd: etcd), bridges: bridges)
    }

    /// Masters and etcd members on all three; each component uses the apiserver of its own host.
    static func threeMasters(
        etcd: Version? = Version(3, 4, 23), bridges: [NodeOffer] = [labBridge]
    ) -> TestCluster {
        TestCluster(
            masters(["grey-area", "congenital-optimist", "limiting-factor"]), offer: next(etcd: etcd), bridges: bridges)
    }

    static func twoMasters() -> TestCluster {
        TestCluster(
            masters(["grey-area", "congenital-optimist"]), offer: next(etcd: Version(3, 4, 23)), bridges: [labBridge])
    }

    private static func masters(_ names: [String]) -> [Node] {
        names.map { Node(name: $0, isMaster: true, hasEtcd: true, kubernetes: labNow, server: $0) }
    }

    static func next(etcd: Version?) -> NodeOffer {
        var offer = labNext
        offer.etcd = etcd
        return offer
    }

    // MARK: changing it

    mutating func node(_ name: String, _ change: (inout NodeFacts) -> Void) {
        for index in facts.nodes.indices where facts.nodes[index].name.text == name { change(&facts.nodes[index]) }
    }

    mutating func host(_ name: String, _ change: (inout HostFacts) -> Void) {
        node(name) { node in
            guard case .seen(var host) = node.host else { return }
            change(&host)
            node.host = .seen(host)
        }
    }

    mutating func member(_ name: String, _ change: (inout EtcdMemberFacts) -> Void) {
        for index in facts.etcd.indices where facts.etcd[index].node.text == name {
            guard case .seen(var member) = facts.etcd[index].status else { continue }
            change(&member)
            facts.etcd[index].status = .seen(member)
        }
    }

    mutating func apiServer(_ name: String, _ change: (inout APIServerStatus) -> Void) {
        for index in facts.apiServers.indices where facts.apiServers[index].node.text == name {
            guard case .seen(var status) = facts.apiServers[index].status else { continue }
            change(&status)
            facts.apiServers[index].status = .seen(status)
        }
    }

    mutating func kubernetes(_ change: (inout KubernetesFacts) -> Void) {
        guard case .seen(var found) = facts.kubernetes else { return }
        change(&found)
        facts.kubernetes = .seen(found)
    }

    mutating func object(_ name: String, _ change: (inout NodeObjectFacts) -> Void) {
        kubernetes { found in
            for index in found.nodes.indices where found.nodes[index].name == name { change(&found.nodes[index]) }
        }
    }

    mutating func offers(_ change: (inout NodeOffer) -> Void) {
        for name in channel.offers.keys { offer(name.text, change) }
    }

    mutating func offer(_ name: String, _ change: (inout NodeOffer) -> Void) {
        guard case .seen(var offer) = channel.offers[Self.name(name)] else { return }
        change(&offer)
        channel.offers[Self.name(name)] = .seen(offer)
    }
}
