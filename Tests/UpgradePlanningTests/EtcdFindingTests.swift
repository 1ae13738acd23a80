import Plans
import Testing
import UpgradePlanning

@Suite("findings on etcd")
struct EtcdFindingTests {
    private static func silence(_ names: [String], _ cluster: inout TestCluster) {
        for index in cluster.facts.etcd.indices where names.contains(cluster.facts.etcd[index].node.text) {
            cluster.facts.etcd[index].status = .absent(Absence(.unreachable, "connection refused"))
        }
    }

    /// Nothing that runs etcd is moved.
    private static func workersOnly() -> TestCluster {
        var cluster = TestCluster.singleMaster()
        cluster.offers { $0.kubernetes = TestCluster.labNow }
        cluster.channel.offers[TestCluster.name("grey-area")] = nil
        return cluster
    }

    static let cases: [FindingCase] = [
        .shows("KUP-P020", .blocker, "two of three silent") { silence(["grey-area", "limiting-factor"], &$0) },
        .shows("KUP-P020", .blocker, "all silent") {
            silence(["grey-area", "limiting-factor", "congenital-optimist"], &$0)
        },
        .shows("KUP-P020", .blocker, "no leader", in: .singleMaster()) { $0.member("grey-area") { $0.leaderID = nil } },
        .absent("KUP-P020", "one of three silent") { silence(["grey-area"], &$0) },

        .shows("KUP-P021", .blocker, "two members", in: .twoMasters()) { _ in },
        .shows("KUP-P021", .blocker, "three members, one down") { silence(["grey-area"], &$0) },
        .shows("KUP-P021", .blocker, "three members, one without a leader") {
            $0.member("grey-area") { $0.leaderID = nil }
        },
        .absent("KUP-P020", "one of three without a leader") { $0.member("grey-area") { $0.leaderID = nil } },
        .absent("KUP-P021", "three members"), .absent("KUP-P021", "one member", in: .singleMaster()),

        .shows("KUP-P022", .notice, "a single master", in: .singleMaster()) { _ in },
        .absent("KUP-P022", "three masters"),
        .absent("KUP-P022", "a single master that stays", in: workersOnly()) { _ in },

        .shows("KUP-P023", .blocker, "5,000 entries behind") {
            $0.member("grey-area") { $0.raftAppliedIndex = 95_000 }
            $0.member("limiting-factor") { $0.raftAppliedIndex = 100_000 }
            $0.member("congenital-optimist") { $0.raftAppliedIndex = 100_000 }
        },
        .shows("KUP-P023", .blocker, "no leader, and others have one") {
            $0.member("grey-area") { $0.leaderID = nil }
        },
        .absent("KUP-P023", "no leader anywhere") {
            for node in ["grey-area", "limiting-factor", "congenital-optimist"] {
                $0.member(node) { $0.leaderID = nil }
            }
        },
        .absent("KUP-P023", "900 entries behind") {
            $0.member("grey-area") { $0.raftAppliedIndex = 99_100 }
            $0.member("limiting-factor") { $0.raftAppliedIndex = 100_000 }
            $0.member("congenital-optimist") { $0.raftAppliedIndex = 100_000 }
        },

        .shows("KUP-P024", .blocker, "a learner") { cluster in
            cluster.member("grey-area") {
                $0.members.append(
                    EtcdPeerFacts(memberID: "new", name: "", peerURLs: [], clientURLs: [], isLearner: true))
            }
        },
        .absent("KUP-P024", "voters"),

        .shows("KUP-P025", .blocker, "NOSPACE") {
            $0.member("grey-area") { $0.alarms = [EtcdAlarm(memberID: "id-grey-area", kind: .noSpace)] }
        },
        .shows("KUP-P025", .blocker, "CORRUPT") {
            $0.member("grey-area") { $0.alarms = [EtcdAlarm(memberID: "elsewhere", kind: .corrupt)] }
        },
        .absent("KUP-P025", "no alarm"),

        .shows("KUP-P026", .blocker, "different hashes of one revision") {
            $0.member("grey-area") { $0.hash = .seen(EtcdHashFacts(revision: 100, compactRevision: 1, hash: 43)) }
        },
        .absent("KUP-P026", "different hashes of different revisions") {
            $0.member("grey-area") { $0.hash = .seen(EtcdHashFacts(revision: 101, compactRevision: 1, hash: 43)) }
        },
        .absent("KUP-P026", "different compactions") {
            $0.member("grey-area") { $0.hash = .seen(EtcdHashFacts(revision: 100, compactRevision: 2, hash: 43)) }
        },
    ]

    @Test("shown where they should be", arguments: cases)
    func finding(_ example: FindingCase) { example.check() }

    @Test("an alarm that all members list is one finding")
    func oneAlarm() {
        var cluster = TestCluster.threeMasters()
        for name in ["grey-area", "limiting-factor", "congenital-optimist"] {
            cluster.member(name) { $0.alarms = [EtcdAlarm(memberID: "id-grey-area", kind: .noSpace)] }
        }
        let found = cluster.findings("KUP-P025")
        #expect(found.count == 1)
        #expect(found.first?.node == "grey-area")
    }
}
