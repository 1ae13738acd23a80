import Foundation
import KubernetesClient
import Plans
import Testing
import UpgradePlanning

@testable import Actions

/// What a run waits for, over facts of a real cluster.
@Suite struct GateTests {
    private func facts(_ name: String = "three-masters") throws -> ClusterFacts {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        return try JSONDecoder().decode(
            ClusterFacts.self, from: try Data(contentsOf: URL(filePath: "\(root)/plans/\(name).facts.json")))
    }

    private let nodes = ["congenital-optimist", "grey-area", "limiting-factor"]

    private func change(_ facts: inout ClusterFacts, _ index: Int, _ body: (inout EtcdMemberFacts) -> Void) {
        guard case .seen(var status) = facts.etcd[index].status else { return }
        body(&status)
        facts.etcd[index].status = .seen(status)
    }

    @Test func membersMustAnswerKnowOneLeaderAndHaveTheSameKeys() throws {
        let gate = Gate.membersAgree(nodes: nodes, revision: 1)
        let whole = try facts()
        #expect(GateJudgement.missing(gate, whole).isEmpty)
        func missing(_ body: (inout ClusterFacts) -> Void) -> [String] {
            var facts = whole
            body(&facts)
            return GateJudgement.missing(gate, facts)
        }
        #expect(missing { $0.etcd.removeLast() } == ["etcd on limiting-factor has not started yet"])
        #expect(
            missing { $0.etcd[1].status = .absent(Absence(.unreachable, "refused")) }
                == ["etcd on grey-area does not answer: refused"])
        #expect(missing { change(&$0, 0) { $0.leaderID = nil } } == ["etcd on congenital-optimist knows no leader yet"])
        #expect(missing { change(&$0, 0) { $0.leaderID = "1" } } == ["the members do not know the same leader"])
        #expect(missing { change(&$0, 2) { $0.revision = 0 } }.first?.contains("at revision 0") == true)
        let revision = try #require(whole.etcd[0].status.value?.revision)
        let different = missing { facts in
            for index in facts.etcd.indices {
                change(&facts, index) {
                    $0.revision = revision
                    $0.hash = .seen(
                        EtcdHashFacts(revision: revision, compactRevision: 0, hash: index == 1 ? 2 : 1))
                }
            }
        }
        #expect(different == ["the members do not have the same keys"])
        let silent = missing { facts in
            change(&facts, 1) { $0.hash = .absent(Absence(.unreachable, "gone")) }
        }
        #expect(silent == ["etcd on grey-area did not say the hash of its keys"])
        let apart = missing { facts in
            for index in facts.etcd.indices {
                let own = revision - Int64(index)
                change(&facts, index) {
                    $0.hash = .seen(EtcdHashFacts(revision: own, compactRevision: 0, hash: 1))
                }
            }
        }
        #expect(apart == ["the members gave hashes of different revisions"])
    }

    @Test func apiServersMustSayReady() throws {
        var facts = try facts()
        #expect(GateJudgement.missing(.apiServersServe(nodes: nodes), facts).isEmpty)
        guard case .seen(var status) = facts.apiServers[0].status else { return }
        status.notReady = ["etcd"]
        facts.apiServers[0].status = .seen(status)
        #expect(GateJudgement.missing(.apiServersServe(nodes: nodes), facts).count == 1)
        facts.apiServers.removeAll()
        #expect(GateJudgement.missing(.apiServersServe(nodes: nodes), facts).count == 3)
    }

    /// A Node that is Ready by a lease of before the restore says nothing of its kubelet.
    @Test func aKubeletMustHaveReportedSince() {
        let start = Instant(secondsSince1970: 1_800_000_000)
        func lease(_ name: String, _ time: Instant) -> LeaseObject {
            LeaseObject(
                namespace: "kube-node-lease", name: name, holder: name,
                renewTime: String(time.description.dropLast()) + ".000000Z", durationSeconds: 40)
        }
        let leases = [lease("a", start.advanced(by: .seconds(5))), lease("b", start.advanced(by: .seconds(-5)))]
        #expect(GateJudgement.silent(["a"], leases, since: start).isEmpty)
        #expect(GateJudgement.silent(["a", "b", "c"], leases, since: start).count == 2)
        #expect(GateJudgement.silent(["a"], leases, since: nil) == ["no apiserver has started yet"])
    }

    @Test func nothingLeadsToWhatIsGone() throws {
        let facts = try facts("single-master")
        #expect(GateJudgement.stale(["10.77.0.11"], ["grey-area"], facts).isEmpty)
        #expect(
            GateJudgement.stale(["10.77.0.99"], ["grey-area"], facts)
                == ["the service kubernetes still leads to 10.77.0.99"])
        #expect(!GateJudgement.stale([], ["grey-area"], facts).isEmpty)
        var phantom = facts
        guard case .seen(var kubernetes) = phantom.kubernetes else { return }
        try #require(!kubernetes.pods.isEmpty)
        kubernetes.pods[0].nodeName = "gone"
        phantom.kubernetes = .seen(kubernetes)
        #expect(GateJudgement.missing(.nothingStale(nodes: ["grey-area"]), facts).isEmpty)
        #expect(GateJudgement.missing(.nothingStale(nodes: ["grey-area"]), phantom).count == 1)
    }
}

/// Whose run it is, by the cluster's own mark.
@Suite struct RunLeaseTests {
    private let now = Instant(secondsSince1970: 1_800_000_000)

    private func lease(_ holder: String, _ age: Int64) -> LeaseObject {
        LeaseObject(
            namespace: "kube-system", name: "kupgrade-run", holder: holder,
            renewTime: now.advanced(by: .seconds(-age)).microTime, durationSeconds: 90)
    }

    @Test func anotherRunThatIsAliveIsHeard() {
        #expect(
            RunLease.alive(lease("restore-20260102T000000Z b@there", 10), besides: "restore-20260101T000000Z", now: now)
                == "restore-20260102T000000Z b@there")
        #expect(
            RunLease.alive(
                lease("restore-20260102T000000Z b@there", 100), besides: "restore-20260101T000000Z", now: now) == nil)
        #expect(
            RunLease.alive(lease("restore-20260101T000000Z b@there", 10), besides: "restore-20260101T000000Z", now: now)
                == nil)
        #expect(RunLease.alive(lease("", 10), besides: "restore-20260101T000000Z", now: now) == nil)
        let holder = RunLease.holder(lease("restore-20260102T000000Z b@there", 40), now: now)
        #expect(holder?.run == "restore-20260102T000000Z" && holder?.by == "b@there" && holder?.silent == 40)
        #expect(RunLease.holder(lease("", 40), now: now) == nil)
        #expect(RunLease.holder(lease("restore-20260102T000000Z b@there", -400), now: now) == nil)
        // A clock that runs behind.
        #expect(RunLease.holder(lease("restore-20260102T000000Z b@there", -40), now: now)?.silent == 0)
    }
}
