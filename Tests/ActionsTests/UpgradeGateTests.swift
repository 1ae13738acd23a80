import Foundation
import KubernetesClient
import Plans
import Testing
import UpgradePlanning

@testable import Actions

/// What an upgrade waits for, over facts of a real cluster.
@Suite struct UpgradeGateTests {
    private func facts(_ name: String = "three-masters") throws -> ClusterFacts {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        return try JSONDecoder().decode(
            ClusterFacts.self, from: try Data(contentsOf: URL(filePath: "\(root)/plans/\(name).facts.json")))
    }

    private func missing(_ gate: Gate, _ change: (inout ClusterFacts) throws -> Void = { _ in }) throws -> [String] {
        var facts = try facts()
        try change(&facts)
        return UpgradeJudgement.missing(gate, "grey-area", facts)
    }

    @Test func theNodeIsReadyWithTheNewKubelet() throws {
        #expect(try missing(.nodeReady(kubelet: "1.20.2")) == [])
        #expect(
            try missing(.nodeReady(kubelet: "1.21.0"))
                == ["the node grey-area reports kubelet 1.20.2, and 1.21.0 was activated"])
        func changed(_ body: (inout NodeObjectFacts) -> Void) throws -> [String] {
            try missing(.nodeReady(kubelet: "1.20.2")) { facts in
                guard case .seen(var kubernetes) = facts.kubernetes else { return }
                for index in kubernetes.nodes.indices where kubernetes.nodes[index].name == "grey-area" {
                    body(&kubernetes.nodes[index])
                }
                facts.kubernetes = .seen(kubernetes)
            }
        }
        #expect(try changed { $0.isReady = false }.first?.hasPrefix("the node grey-area is not Ready") == true)
        #expect(try changed { $0.name = "other" } == ["the node grey-area is not in the cluster"])
        // NixOS's kubelet registers by the full name.
        #expect(try changed { $0.name = "grey-area.home.arpa" } == [])
        #expect(
            try missing(.nodeReady(kubelet: "1.20.2")) { $0.kubernetes = .absent(Absence(.unreachable, "")) }
                == ["no apiserver answers yet"])
    }

    @Test func theApiServerOfTheNodeItselfIsTheNewOne() throws {
        #expect(try missing(.apiServerReady(version: "1.20.2")) == [])
        #expect(
            try missing(.apiServerReady(version: "1.21.0"))
                == ["the apiserver on grey-area is 1.20.2, and 1.21.0 was activated"])
        #expect(
            try missing(.apiServerReady(version: "1.20.2")) { $0.apiServers.removeAll { $0.node.text == "grey-area" } }
                == ["the apiserver on grey-area has not started yet"])
    }

    @Test func everyVoterAnswersAndNoneLags() throws {
        #expect(try missing(.etcdHealthy(voters: 3)) == [])
        #expect(try missing(.etcdHealthy(voters: 4)) == ["3 of 4 members of etcd answer"])
        func changed(_ body: (inout EtcdMemberFacts) -> Void) throws -> [String] {
            try missing(.etcdHealthy(voters: 3)) { facts in
                guard case .seen(var status) = facts.etcd[0].status else { return }
                body(&status)
                facts.etcd[0].status = .seen(status)
            }
        }
        #expect(try changed { $0.leaderID = nil }.first?.contains("knows no leader") == true)
        #expect(try changed { $0.leaderID = "1" } == ["the members of etcd do not know the same leader"])
        #expect(try changed { $0.raftAppliedIndex += 5_000 } == ["a member of etcd lags behind"])
        #expect(
            try changed { $0.alarms = [EtcdAlarm(memberID: "1", kind: .noSpace)] }.first?.contains("the alarm noSpace")
                == true)
    }

    @Test func controllersRenewTheirLeases() throws {
        func late(_ seconds: Int64) throws -> [String] {
            try missing(.controllersLead) { facts in
                guard case .seen(var kubernetes) = facts.kubernetes else { return }
                for index in kubernetes.leases.indices {
                    kubernetes.leases[index].renewedAt = facts.observedAt.advanced(by: .seconds(-seconds))
                }
                facts.kubernetes = .seen(kubernetes)
            }
        }
        #expect(try late(2) == [])
        #expect(try late(60).first == "the lease kube-controller-manager was not renewed for 60 s")
    }

    @Test func unitsThatANodeCannotBeWithoutAreKnown() {
        for unit in ["kubelet.service", "etcd.service", "tailscaled.service", "sshd.service", "mnt-data.mount"] {
            #expect(UnitWeight.isCritical(unit), "\(unit)")
        }
        for unit in ["ollama.service", "forgejo.service", "nix-gc.service", "user@0.service"] {
            #expect(!UnitWeight.isCritical(unit), "\(unit)")
        }
    }

    @Test func aGuardAsksForWhatIsTheHosts() throws {
        let facts = try facts()
        let lines = GuardQuestions("grey-area", facts).lines
        #expect(lines.contains { $0.hasPrefix("peer limiting-factor ") })
        #expect(!lines.contains { $0.hasPrefix("peer grey-area") })
        let kubelet = try #require(lines.first { $0.hasPrefix("kubelet ") }).split(separator: " ")
        #expect(kubelet.count == 3 && kubelet[2] == "grey-area")
        #expect(lines.contains { $0.hasPrefix("server 127.0.0.1:6443 /var/lib/kubernetes/secrets/") })
    }

    @Test func whatWasThereBeforeIsReadAsItWasWritten() throws {
        let before = Systems.Before(active: "/nix/store/a", standard: "/nix/store/b", generation: 7, boot: "x-y")
        #expect(try Systems.before(before.text) == before)
        #expect(throws: (any Error).self) { try Systems.before(nil) }
        #expect(throws: (any Error).self) { try Systems.before("/nix/store/a /nix/store/b seven x") }
    }
}
