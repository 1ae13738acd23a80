import Testing
import UpgradePlanning

/// Whose apiserver speaks for the cluster when the one that the nodes follow is not seen.
@Suite struct UnseenServerTests {
    /// Everybody's kubelet uses grey-area, but for congenital-optimist's own; grey-area is not seen.
    private func facts(_ change: (inout TestCluster) -> Void = { _ in }) throws -> ClusterFacts {
        var cluster = TestCluster.singleMaster()
        cluster.host("limiting-factor") { host in
            for index in host.units.indices where host.units[index].name == "kubelet.service" {
                host.units[index].server = "https://grey-area:6443"
            }
        }
        change(&cluster)
        return cluster.facts
    }

    @Test func anAPIServerThatNobodyFollowsDoesNotSpeakForTheCluster() throws {
        var facts = try facts()
        let orphan = try #require(NodeName("congenital-optimist"))
        let master = try #require(NodeName("grey-area"))
        #expect(facts.unseenServer(besides: master) == nil)
        // The orphan's etcd is its own.
        for index in facts.etcd.indices { facts.etcd[index].node = orphan }
        #expect(facts.unseenServer(besides: orphan) == nil, "the master was seen")
        for index in facts.nodes.indices where facts.nodes[index].name == master {
            facts.nodes[index].host = .absent(Absence(.unreachable, "off"))
        }
        // It knows the nodes that follow the master: one cluster, whatever etcd is.
        #expect(facts.unseenServer(besides: orphan) == nil)
        guard case .seen(var kubernetes) = facts.kubernetes else { return }
        kubernetes.nodes = []
        facts.kubernetes = .seen(kubernetes)
        #expect(facts.unseenServer(besides: orphan) == master)
    }
}
