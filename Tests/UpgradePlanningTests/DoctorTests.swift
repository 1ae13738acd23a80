import Plans
import Testing
import UpgradePlanning

@Suite("the doctor")
struct DoctorTests {
    private func states(_ code: String, _ facts: ClusterFacts) -> Set<Diagnosis.State> {
        Set(Doctor.examine(facts).checks.filter { $0.code == code }.map(\.state))
    }

    @Test("what could not be asked is unknown, and not well")
    func unknown() {
        var facts = TestCluster.threeMasters().facts
        for code in ["KUP-P031", "KUP-P032", "KUP-P081", "KUP-P025"] {
            #expect(states(code, facts) == [.ok], "\(code)")
        }
        facts.kubernetes = .absent(Absence(.unreachable, "no apiserver answers"))
        for code in ["KUP-P031", "KUP-P032", "KUP-P081"] { #expect(states(code, facts) == [.unknown], "\(code)") }
        #expect(states("KUP-P061", facts) == [.fail])
        #expect(states("KUP-P025", facts) == [.ok])
        for index in facts.etcd.indices { facts.etcd[index].status = .absent(Absence(.timedOut, "silence")) }
        for code in ["KUP-P023", "KUP-P025", "KUP-P026"] { #expect(states(code, facts) == [.unknown], "\(code)") }
    }

    @Test("a member that lags is named before anything is planned")
    func lag() {
        var cluster = TestCluster.threeMasters()
        cluster.member("grey-area") { $0.raftAppliedIndex = 900_000 }
        let found = Doctor.examine(cluster.facts).checks.filter { $0.code == "KUP-P023" }
        #expect(found.count == 2 && found.allSatisfy { $0.state == .warn })
    }
}
