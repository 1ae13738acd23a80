import Foundation
import Testing
import UpgradePlanning

@testable import Actions

/// What etcd would be without a master, over facts of a real cluster.
@Suite struct QuorumWithoutTests {
    private func missing(
        _ topology: String = "three-masters", without node: String = "grey-area",
        _ change: (inout EtcdMemberFacts, String) -> Void = { _, _ in }, silent: Set<String> = []
    ) throws -> String? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        var facts = try JSONDecoder().decode(
            ClusterFacts.self, from: try Data(contentsOf: URL(filePath: "\(root)/plans/\(topology).facts.json")))
        for index in facts.etcd.indices {
            let name = facts.etcd[index].node.text
            guard case .seen(var member) = facts.etcd[index].status else { continue }
            change(&member, name)
            facts.etcd[index].status = silent.contains(name) ? .absent(Absence(.unreachable, "")) : .seen(member)
        }
        return QuorumWithout(node, facts).missing
    }

    @Test func oneOfThreeCanBeSpared() throws {
        #expect(try missing() == nil)
        #expect(try missing("single-master") == nil)
    }

    @Test func oneOfTwoCannot() throws {
        let why = try #require(try missing("two-masters"))
        #expect(why == "etcd cannot spare grey-area: 1 of the other 1 members are healthy, and 2 are needed")
    }

    @Test func notWhileAnotherIsAway() throws {
        let expected =
            "etcd cannot spare grey-area: 1 of the other 2 members are healthy (limiting-factor not), and 2 are needed"
        func other(_ body: (inout EtcdMemberFacts) -> Void) throws -> String? {
            try missing { member, name in if name == "limiting-factor" { body(&member) } }
        }
        #expect(try missing(silent: ["limiting-factor"]) == expected)
        #expect(try other { $0.leaderID = nil } == expected)
        #expect(try other { $0.errors = ["etcdserver: no leader"] } == expected)
        #expect(try other { $0.isLearner = true } == expected)
        // What is wrong with the node itself, which is taken, is no matter.
        #expect(try missing(silent: ["grey-area"]) == nil)
    }

    @Test func aClusterOfItsOwnIsNotItsQuorum() throws {
        let apart = try missing { member, name in
            guard name == "grey-area" else { return }
            member.clusterID = "abc"
            member.members = Array(member.members.prefix(1))
        }
        #expect(apart == nil)
    }
}
