import Plans
import Testing

@testable import UpgradePlanning

/// What is untouched, what lies beyond the end of the way, and what could not be looked at.
@Suite("untouched, beyond, unseen")
struct BeyondMovesTests {
    private static func closure(_ ollama: String, etcd: String = "1", tailscale: String = "1") -> ClosureFacts {
        ClosureFacts(
            certainty: .built, boot: BootFacts(), initInterface: nil, inhibitors: [:],
            units: [
                "kubelet.service": UnitFileFacts(digest: "1"), "etcd.service": UnitFileFacts(digest: etcd),
                "ollama.service": UnitFileFacts(digest: ollama), "tailscaled.service": UnitFileFacts(digest: tailscale),
            ], packages: [:])
    }

    /// A rebuild of every node with today's Kubernetes, to a closure with these units.
    private static func rebuilt(_ cluster: TestCluster, to after: ClosureFacts) -> TestCluster {
        var cluster = cluster
        for node in cluster.facts.nodes {
            cluster.host(node.name.text) { host in
                host.closure = .seen(closure("1"))
                host.generations.current = TestCluster.storePath("nixos-system-a")
                host.activeUnits = ["kubelet.service", "etcd.service", "ollama.service", "tailscaled.service"]
            }
        }
        cluster.offers {
            ($0.kubernetes, $0.nixos, $0.closure) = (TestCluster.labNow, nil, after)
            $0.toplevel = TestCluster.storePath("nixos-system-b")
        }
        return cluster
    }

    @Test("a rebuild that leaves etcd and the apiserver alone is nothing to their members and users")
    func untouched() {
        for cluster in [TestCluster.twoMasters(), .threeMasters(), .singleMaster()] {
            let plan = Self.rebuilt(cluster, to: Self.closure("2")).plan()
            #expect(plan.goal.nodes.allSatisfy { $0.impact == .untouched } && !plan.goal.nodes.isEmpty)
            #expect(!plan.stages.isEmpty && plan.blockers.isEmpty, "\(plan.findings)")
            #expect(!plan.findings.contains { ["KUP-P021", "KUP-P022", "KUP-P023"].contains($0.code) })
            #expect(!plan.steps.contains { if case .moveLeader = $0.action { true } else { false } })
        }
    }

    @Test("one that restarts etcd is: of two members none may be lost, of three the leader goes first")
    func restarted() {
        let two = Self.rebuilt(.twoMasters(), to: Self.closure("1", etcd: "2")).plan()
        #expect(two.blockers.map(\.code) == ["KUP-P021"])
        let three = Self.rebuilt(.threeMasters(), to: Self.closure("1", etcd: "2")).plan()
        #expect(three.steps.count { if case .moveLeader = $0.action { true } else { false } } == 1)
        let one = Self.rebuilt(.singleMaster(), to: Self.closure("1", etcd: "2")).plan()
        #expect(one.findings.contains { $0.code == "KUP-P022" })
    }

    /// With an apiserver that is told this of encryption at rest.
    private static func sealing(_ configuration: String?) -> ClosureFacts {
        var facts = closure("1")
        let flag = configuration.map { ["--encryption-provider-config=\($0)"] } ?? []
        facts.units["kube-apiserver.service"] = UnitFileFacts(
            digest: configuration ?? "none",
            commandLine: CommandLineFacts(executable: "/bin/kube-apiserver", arguments: flag, environment: [:]))
        return facts
    }

    @Test(
        "Secrets that are sealed anew need a restore: the old system cannot read them",
        arguments: [(nil, "/a", true), ("/a", "/b", true), ("/a", "/a", false), (nil, nil, false)]
            as [(
                String?, String?, Bool
            )])
    func sealed(before: String?, after: String?, needsRestore: Bool) {
        var cluster = Self.rebuilt(.singleMaster(), to: Self.sealing(after))
        cluster.host("grey-area") { host in
            host.closure = .seen(Self.sealing(before))
            host.activeUnits.append("kube-apiserver.service")
        }
        let ways = cluster.plan().steps.map(\.wayBack)
        #expect(ways.contains(.needsRestore) == needsRestore && !ways.isEmpty, "\(ways)")
    }

    @Test("one that restarts the network between members is, too")
    func unheard() {
        let two = Self.rebuilt(.twoMasters(), to: Self.closure("1", tailscale: "2")).plan()
        #expect(two.blockers.map(\.code) == ["KUP-P021"])
        let three = Self.rebuilt(.threeMasters(), to: Self.closure("1", tailscale: "2")).plan()
        #expect(three.steps.count { if case .moveLeader = $0.action { true } else { false } } == 1)
        #expect(three.blockers.isEmpty)
    }

    /// 1.34 to 1.36 without a bridge, and what the offered system has is wrong, too.
    private static func held(bridged: Bool = false) -> TestCluster {
        var cluster = TestCluster.threeMasters(bridges: [])
        for name in ["grey-area", "congenital-optimist", "limiting-factor"] {
            cluster.setVersion(Version(1, bridged ? 35 : 34, 1), of: TestCluster.kubernetesParts, on: name)
            cluster.host(name) { $0.platform.cgroupVersion = 1 }
        }
        cluster.offers {
            ($0.kubernetes, $0.containerd, $0.moduleKubernetes) = (
                Version(1, 36, 0), Version(1, 7, 2), Version(1, 35, 0)
            )
        }
        return cluster
    }

    @Test("what stands in the way does not hide what is behind it; it forbids nothing that the plan does not do")
    func behindAnObstacle() {
        let held = Self.held().plan()
        let behind = held.findings.filter { ["KUP-P071", "KUP-P072", "KUP-P073"].contains($0.code) }
        #expect(Set(behind.map(\.code)).count == 3, "\(held.findings.map(\.code))")
        #expect(behind.allSatisfy { $0.severity == .warning })
        #expect(held.blockers.map(\.code) == ["KUP-P005"])
        let bridged = Self.held(bridged: true).plan()
        #expect(Set(bridged.blockers.map(\.code)) == ["KUP-P071", "KUP-P072"])
    }

    @Test("what could not be looked at is not absent")
    func unseen() throws {
        var cluster = TestCluster.threeMasters()
        let absence = Absence(.refused, "forbidden")
        cluster.kubernetes { ($0.deprecatedObjects, $0.claims) = (.absent(absence), .absent(absence)) }
        cluster.apiServer("grey-area") { $0.deprecatedRequests = .absent(absence) }
        cluster.member("grey-area") { ($0.hash, $0.errors) = (.absent(absence), ["its alarms could not be read"]) }
        let plan = cluster.plan()
        let api = try #require(plan.findings.first { $0.code == "KUP-P050" })
        #expect(api.severity == .warning && api.why.count == 3, "\(api)")
        #expect(plan.findings.contains { $0.code == "KUP-P084" && $0.why == ["forbidden"] })
        let doctor = Doctor.examine(cluster.facts)
        for code in ["KUP-P051", "KUP-P026"] {
            #expect(doctor.checks.filter { $0.code == code }.allSatisfy { $0.state == .unknown }, "\(code)")
        }
        let well = Doctor.examine(TestCluster.threeMasters().facts)
        #expect(well.checks.filter { $0.code == "KUP-P051" || $0.code == "KUP-P026" }.allSatisfy { $0.state == .ok })
    }

    @Test("etcd never skips a minor, also beside a move of Kubernetes, and each one is named")
    func etcdByEachMinor() throws {
        var cluster = TestCluster.threeMasters(etcd: Version(3, 5, 9))
        for name in ["grey-area", "congenital-optimist", "limiting-factor"] {
            cluster.setVersion(Version(3, 3, 27), of: [.etcd], on: name)
        }
        cluster.offers { $0.kubernetes = Version(1, 21, 3) }
        let plan = cluster.plan()
        #expect(plan.goal.later == ["etcd 3.4, in a run of its own", "etcd 3.5, in a run of its own"])
        let finding = try #require(plan.findings.first { $0.code == "KUP-P008" })
        #expect(finding.remedy.contains { $0.contains("pkgs.etcd_3_4;") })
        #expect(!plan.findings.contains { $0.code == "KUP-P007" })
    }

    @Test("a later skip of etcd does not hold back what can be done before; a pin that brings an older one is pinned")
    func etcdLater() {
        var cluster = TestCluster.threeMasters(etcd: Version(3, 6, 6))
        let plan = cluster.plan()
        #expect(plan.goal.hops.map(\.id) == ["1.21"] && plan.blockers.isEmpty, "\(plan.findings)")
        #expect(plan.findings.first { $0.code == "KUP-P008" }?.severity == .warning)
        cluster = TestCluster.threeMasters(etcd: Version(3, 4, 23))
        for index in cluster.channel.bridges.indices {
            cluster.channel.bridges[index].offers = cluster.channel.bridges[index].offers.mapValues { offer in
                guard case .seen(var offer) = offer else { return offer }
                offer.etcd = Version(3, 3, 27)
                return .seen(offer)
            }
        }
        let back = cluster.plan()
        #expect(!back.findings.contains { $0.code == "KUP-P008" })
        #expect(back.findings.first { $0.code == "KUP-P007" }?.remedy.contains { $0.contains("etcd_3_4") } == true)
    }

    @Test("hosts without a finding are well, one by one, also where the rule looks at all of them")
    func wellBesideOthers() {
        var cluster = TestCluster.threeMasters()
        cluster.host("grey-area") { $0.clockOffsetMilliseconds = 9_000 }
        let checks = Doctor.examine(cluster.facts).checks.filter { $0.code == "KUP-P035" }
        #expect(checks.count == 3 && checks.count { $0.finding == nil } == 2)
    }
}
