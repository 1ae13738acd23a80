import Plans
import Testing

@testable import UpgradePlanning

@Suite("findings on what is offered")
struct ChannelFindingTests {
    private static func done() -> TestCluster {
        var cluster = TestCluster.threeMasters()
        cluster.offers { ($0.kubernetes, $0.nixos) = (TestCluster.labNow, nil) }
        return cluster
    }

    static let cases: [FindingCase] = [
        .shows("KUP-P001", .notice, "a cluster that is there", in: done()) { _ in },
        .absent("KUP-P001", "a cluster that has something to do"),
        .shows("KUP-P001", .notice, "a cluster of which a node was not seen", in: done()) { cluster in
            cluster.node("limiting-factor") { $0.host = .absent(Absence(.unreachable, "it is off")) }
        },
        .absent("KUP-P001", "a cluster that is offered nothing", in: done()) { $0.channel.offers = [:] },

        .shows("KUP-P002", .blocker, "a configuration that does not evaluate") {
            $0.channel.offers[TestCluster.name("grey-area")] = .absent(Absence(.failed, "error: attribute missing"))
        },
        .shows("KUP-P002", .blocker, "no offers") { $0.channel.offers = [:] },
        .shows("KUP-P002", .notice, "a node that was not asked for") {
            $0.channel.offers[TestCluster.name("grey-area")] = nil
        },
        .absent("KUP-P002", "offers for every node"),

        .shows("KUP-P003", .blocker, "different minors") {
            $0.channel.offers[TestCluster.name("grey-area")] = .seen(TestCluster.labBridge)
        },
        .shows("KUP-P003", .warning, "different patches") {
            $0.channel.offers[TestCluster.name("grey-area")] = .seen(
                NodeOffer(kubernetes: Version(1, 22, 5), etcd: Version(3, 4, 23)))
        },
        .absent("KUP-P003", "one version"),
        .shows("KUP-P003", .blocker, "members of etcd with different minors") {
            $0.offer("grey-area") { $0.etcd = Version(3, 5, 16) }
        },
        .shows("KUP-P008", .blocker, "one member that skips a minor, another that does not", in: .threeMasters()) {
            $0.offers { ($0.kubernetes, $0.etcd) = (TestCluster.labNow, Version(3, 6, 6)) }
            $0.offer("grey-area") { $0.etcd = Version(3, 5, 26) }
        },

        .shows("KUP-P004", .blocker, "an older minor") { $0.offers { $0.kubernetes = Version(1, 19, 9) } },
        .shows("KUP-P004", .blocker, "an older patch") { $0.offers { $0.kubernetes = Version(1, 20, 1) } },
        .absent("KUP-P004", "an older patch, for a rollback") {
            $0.offers { $0.kubernetes = Version(1, 20, 1) }
            $0.policy.takesOlderPatches = true
        },
        .shows("KUP-P004", .blocker, "an older minor, also for a rollback") {
            $0.offers { $0.kubernetes = Version(1, 19, 9) }
            $0.policy.takesOlderPatches = true
        },
        .shows("KUP-P004", .blocker, "an older etcd") { $0.offers { $0.etcd = Version(3, 3, 27) } },
        .shows("KUP-P004", .warning, "an older NixOS under the same Kubernetes") {
            $0.offers { ($0.kubernetes, $0.nixos) = (TestCluster.labNow, "19.03.20190901.1a2b3c4") }
        },
        .shows("KUP-P004", .warning, "an older kernel") {
            $0.offers {
                ($0.kubernetes, $0.kernel) = (TestCluster.labNow, "3.9.200")
                $0.toplevel = TestCluster.storePath("nixos-system-a")
            }
        },
        .absent("KUP-P004", "an older default kernel of a channel, which is no node's own") {
            $0.offers { ($0.kubernetes, $0.kernel, $0.toplevel) = (TestCluster.labNow, "3.9.200", nil) }
        },
        .absent("KUP-P004", "the same NixOS and kernel") { $0.offers { $0.kubernetes = TestCluster.labNow } },
        .absent("KUP-P004", "an older patch of etcd") { $0.offers { $0.etcd = Version(3, 4, 20) } },

        .shows("KUP-P005", .blocker, "a skipped minor", in: .threeMasters(bridges: [])) { _ in },
        .shows("KUP-P005", .blocker, "kubelets too far behind to go on", in: .singleMaster()) {
            $0.setVersion(Version(1, 18, 9), of: [.kubelet, .proxy], on: "limiting-factor")
        },
        .absent("KUP-P005", "a bridged minor"),
        .absent("KUP-P005", "the next minor", in: .threeMasters(bridges: [])) {
            $0.offers { $0.kubernetes = Version(1, 21, 3) }
        },

        .shows(
            "KUP-P006", .blocker, "a pin with another minor",
            in: .threeMasters(bridges: [NodeOffer(kubernetes: Version(1, 21, 0), etcd: Version(3, 4, 23))])
        ) { cluster in
            cluster.channel.bridges[0].offers[TestCluster.name("grey-area")] = .seen(
                NodeOffer(kubernetes: Version(1, 22, 0)))
        },
        .shows("KUP-P006", .blocker, "a pin that does not evaluate") {
            $0.channel.bridges[0].offers[TestCluster.name("grey-area")] = .absent(Absence(.failed, "error"))
        },
        .shows("KUP-P006", .blocker, "a pin that was not evaluated for a node") {
            $0.channel.bridges[0].offers[TestCluster.name("grey-area")] = nil
        },
        .shows("KUP-P006", .warning, "a broken pin that is not on the way") {
            $0.channel.bridges[0].offers[TestCluster.name("grey-area")] = .absent(Absence(.failed, "error"))
            $0.offers { $0.kubernetes = Version(1, 20, 9) }
        },
        .absent("KUP-P006", "a pin that keeps its promise"),

        .shows("KUP-P007", .warning, "etcd moving in the last hop", in: .threeMasters(etcd: Version(3, 5, 16))) { _ in
        },
        .shows("KUP-P007", .blocker, "etcd moving in the only hop", in: .threeMasters(etcd: Version(3, 5, 16))) {
            $0.offers { $0.kubernetes = Version(1, 21, 3) }
        },
        .absent("KUP-P007", "etcd that stays"),
        .absent("KUP-P007", "etcd that moves alone", in: .threeMasters(etcd: Version(3, 5, 16))) {
            $0.offers { $0.kubernetes = TestCluster.labNow }
        },

        .shows("KUP-P008", .blocker, "two minors of etcd", in: .threeMasters(etcd: Version(3, 6, 6))) {
            $0.offers { $0.kubernetes = TestCluster.labNow }
        },
        .absent("KUP-P008", "one minor of etcd", in: .threeMasters(etcd: Version(3, 5, 16))) {
            $0.offers { $0.kubernetes = TestCluster.labNow }
        },

        .shows("KUP-P009", .blocker, "etcd 3.5.16 to 3.6", in: etcd(Version(3, 5, 16))) { _ in },
        .absent("KUP-P009", "etcd 3.5.24 to 3.6", in: etcd(Version(3, 5, 24))) { _ in },
    ]

    private static func etcd(_ version: Version) -> TestCluster {
        var cluster = TestCluster.threeMasters(etcd: Version(3, 6, 6))
        cluster.offers { $0.kubernetes = TestCluster.labNow }
        for name in ["grey-area", "congenital-optimist", "limiting-factor"] {
            cluster.setVersion(version, of: [.etcd], on: name)
        }
        return cluster
    }

    @Test("shown where they should be", arguments: cases)
    func finding(_ example: FindingCase) { example.check() }

    @Test("etcd's own run: the plan does what may be done before, and names what is left")
    func etcdLeftForLater() {
        let plan = TestCluster.threeMasters(etcd: Version(3, 5, 16)).plan()
        #expect(plan.goal.hops.map(\.id) == ["1.21"])
        #expect(plan.goal.later.count == 2)
        #expect(plan.next == "kupgrade plan --out upgrade.json")
        #expect(plan.findings.flatMap(\.remedy).contains { $0.hasPrefix("services.etcd.package = pkgs.etcd_3_4;") })
    }

    @Test("a skipped minor: the three ways to pin one, and when nixpkgs had it")
    func threeWays() throws {
        var cluster = TestCluster.threeMasters(bridges: [])
        for name in ["grey-area", "congenital-optimist", "limiting-factor"] {
            cluster.setVersion(Version(1, 34, 1), of: TestCluster.kubernetesParts, on: name)
        }
        cluster.offers { $0.kubernetes = Version(1, 36, 0) }
        let finding = try #require(cluster.findings("KUP-P005").first)
        #expect(finding.remedy.count == 3)
        #expect(finding.why.contains { $0.contains("2025-12 to 2026-04") })
    }
}

@Suite struct NixOSAgeTests {
    @Test(
        arguments: [
            ("20.09.20210101.a", "20.09.20210305.b", true), ("20.09.20210305.b", "20.09.20210101.a", false),
            ("20.09.20210305.b", "20.09.20210305.c", false), ("20.09.1", "21.05.1", true),
            ("21.03pre1.a", "21.05.1", true),
            ("21.03pre270000.a", "20.09.20210305.b", false), ("26.05pre1", "26.05.20260601.a", false),
            ("", "20.09.1", false),
            (nil, "20.09.1", false), ("rubbish", "20.09.1", false),
        ] as [(String?, String?, Bool)])
    func ofTwoNixOS(one: String?, other: String?, isOlder: Bool) {
        #expect(NixOSAge.isOlder(one, than: other) == isOlder)
    }

    @Test(
        arguments: [
            ("5.4.80", "5.4.102", true), ("5.10.1", "5.4.102", false), ("6.6.1-zen", "6.6.2", true),
            ("6", "6.6.2", false),
            (nil, "6.6.2", false),
        ] as [(String?, String?, Bool)])
    func ofTwoKernels(one: String?, other: String?, isOlder: Bool) {
        #expect(NixOSAge.isOlderKernel(one, than: other) == isOlder)
    }
}
