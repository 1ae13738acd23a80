import Plans
import Testing
import UpgradePlanning

@Suite("a master that is off")
struct SilentMemberTests {
    /// As looking at it gives it: no host, no unit of etcd, no apiserver, and only the other members tell of its member.
    private static func off(_ names: String...) -> TestCluster {
        var cluster = TestCluster.threeMasters()
        for name in names {
            cluster.node(name) { $0.host = .absent(Absence(.unreachable, "no route to host")) }
        }
        cluster.facts.etcd.removeAll { names.contains($0.node.text) }
        cluster.facts.apiServers.removeAll { names.contains($0.node.text) }
        return cluster
    }

    @Test("is planned as a master, by what the other members say")
    func isAMaster() {
        let plan = Self.off("limiting-factor").plan()
        let kinds = plan.stages.filter { $0.id.hasSuffix("/limiting-factor") }.map(\.kind)
        #expect(kinds.allSatisfy { $0 == .controlPlane } && !kinds.isEmpty, "\(plan.stages.map(\.id))")
    }

    @Test("is not taken for one that there is not: nobody says that the API has one master")
    func isNotMissed() {
        let plan = Self.off("limiting-factor", "congenital-optimist").plan()
        #expect(!plan.findings.contains { $0.code == "KUP-P022" }, "\(plan.findings.map(\.code))")
    }
}
