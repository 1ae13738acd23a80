import Plans
import Testing
import UpgradePlanning

/// What people write first: two hosts with the role master, one masterAddress, easyCerts.
@Suite("two masters with easyCerts")
struct HomeLabTests {
    private static func cluster() -> TestCluster {
        func node(_ name: String, isMaster: Bool) -> TestCluster.Node {
            TestCluster.Node(
                name: name, isMaster: isMaster, hasEtcd: isMaster, kubernetes: TestCluster.labNow, server: "grey-area")
        }
        return TestCluster(
            [
                node("grey-area", isMaster: true), node("congenital-optimist", isMaster: true),
                node("limiting-factor", isMaster: false),
            ], offer: TestCluster.next(etcd: Version(3, 4, 23)), bridges: [TestCluster.labBridge])
    }

    @Test("after the join: an orphan control plane on its own etcd is named, not upgraded as a second master")
    func afterJoin() {
        var cluster = Self.cluster()
        for (name, id) in [("grey-area", "c1"), ("congenital-optimist", "c2")] {
            cluster.member(name) { member in
                member.clusterID = id
                member.leaderID = member.memberID
                member.members = member.members.filter { $0.name == name }
            }
            cluster.apiServer(name) { $0.kubeSystemUID = .seen("uid-\(id)") }
        }
        let blockers = cluster.plan().blockers.filter { $0.code == "KUP-P015" }
        #expect(blockers.count == 2)
        #expect(blockers.flatMap(\.why).contains("etcd cluster c2: congenital-optimist"))
    }

    @Test("before the join: etcd, apiserver and kubelet of the second master loop, and each is named")
    func beforeJoin() {
        var cluster = Self.cluster()
        for index in cluster.facts.etcd.indices where cluster.facts.etcd[index].node.text == "congenital-optimist" {
            cluster.facts.etcd[index].status = .absent(Absence(.unreachable, "connection refused"))
        }
        for index in cluster.facts.apiServers.indices where cluster.facts.apiServers[index].node.text != "grey-area" {
            cluster.facts.apiServers[index].status = .absent(Absence(.unreachable, "connection refused"))
        }
        cluster.member("grey-area") { $0.members = $0.members.filter { $0.name == "grey-area" } }
        cluster.kubernetes { $0.nodes.removeAll { $0.name == "congenital-optimist" } }
        let codes = cluster.plan().blockers.map { "\($0.code) \($0.node ?? "")" }
        #expect(codes.contains("KUP-P060 congenital-optimist"))
        #expect(codes.contains("KUP-P037 congenital-optimist"))
    }
}
