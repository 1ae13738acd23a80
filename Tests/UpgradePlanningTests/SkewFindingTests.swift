import Plans
import Testing
import UpgradePlanning

@Suite("findings on versions beside each other")
struct SkewFindingTests {
    private static let now21 = Version(1, 21, 0)

    private static func moved(_ cluster: TestCluster, _ version: Version, _ names: [String]) -> TestCluster {
        var cluster = cluster
        for name in names { cluster.setVersion(version, of: TestCluster.kubernetesParts, on: name) }
        return cluster
    }

    private static func shared(_ names: [String] = ["grey-area", "congenital-optimist", "limiting-factor"])
        -> TestCluster
    {
        var cluster = TestCluster.threeMasters()
        for name in names { cluster.setServer("https://10.0.0.100:6443", on: name) }
        return cluster
    }

    static let cases: [FindingCase] = [
        .shows("KUP-P010", .warning, "1.20 beside 1.22, which the first hop repairs", in: .threeMasters()) {
            $0 = moved($0, Version(1, 22, 0, build: "lab"), ["grey-area"])
        },
        .shows("KUP-P010", .blocker, "1.20 beside 1.22 without a way", in: .threeMasters(bridges: [])) {
            $0 = moved($0, Version(1, 22, 0, build: "lab"), ["grey-area"])
        },
        .absent("KUP-P010", "1.20 beside 1.21") { $0 = moved($0, now21, ["grey-area"]) },

        .shows("KUP-P011", .warning, "a worker that went first", in: .singleMaster()) {
            $0 = moved($0, now21, ["limiting-factor"])
        },
        .shows("KUP-P011", .blocker, "a worker that went first, and no way", in: .singleMaster(bridges: [])) {
            $0 = moved($0, now21, ["limiting-factor"])
        },
        .absent("KUP-P011", "a worker that is behind", in: .singleMaster()) {
            $0 = moved($0, Version(1, 19, 5), ["limiting-factor"])
        },

        .shows("KUP-P012", .blocker, "a scheduler two minors behind", in: .singleMaster()) {
            $0.setVersion(Version(1, 18, 0), of: [.scheduler], on: "grey-area")
        },
        .shows("KUP-P012", .warning, "a kubelet too old, repaired by a pin", in: caughtUp()) { _ in },
        .absent("KUP-P012", "one version everywhere"),

        .shows("KUP-P013", .blocker, "one address for all masters", in: shared()) { _ in },
        .absent("KUP-P013", "one address for workers, own apiservers for masters"),
        .absent("KUP-P013", "one address and a patch only", in: shared()) {
            $0.offers { $0.kubernetes = Version(1, 20, 9) }
        },
        .absent("KUP-P013", "one address for a single master", in: .singleMaster()) {
            $0.setServer("https://10.0.0.100:6443", on: "grey-area")
        },

        .shows("KUP-P014", .notice, "kubeconfigs that nobody could read") { $0.setServer(nil, on: "grey-area") },
        .absent("KUP-P014", "a single master", in: .singleMaster()) { $0.setServer(nil, on: "grey-area") },
        .absent("KUP-P014", "known kubeconfigs"),

        .shows("KUP-P015", .blocker, "two etcd clusters") { $0.member("grey-area") { $0.clusterID = "c2" } },
        .shows("KUP-P015", .blocker, "two UIDs of kube-system") {
            $0.apiServer("grey-area") { $0.kubeSystemUID = .seen("uid-2") }
        },
        .absent("KUP-P015", "an apiserver that would not say") {
            $0.apiServer("grey-area") { $0.kubeSystemUID = .absent(Absence(.refused, "forbidden")) }
        },
    ]

    private static func caughtUp() -> TestCluster {
        var cluster = TestCluster.singleMaster(
            bridges: [NodeOffer(kubernetes: Version(1, 20, 15), etcd: Version(3, 4, 23)), TestCluster.labBridge])
        cluster.setVersion(Version(1, 17, 9), of: [.kubelet, .proxy], on: "limiting-factor")
        return cluster
    }

    @Test("shown where they should be", arguments: cases)
    func finding(_ example: FindingCase) { example.check() }

    @Test(
        "a server is known by its node's name, address or loopback; anything else is shared",
        arguments: [
            ("https://grey-area:6443", false), ("https://grey-area.tailnet:6443", false),
            ("https://127.0.0.1:6443", false),
            ("https://localhost:6443", false), ("https://GREY-AREA:6443/", false), ("https://[::1]:6443", false),
            ("https://10.9.9.9:6443", false), ("https://[fd00::1]:6443", false), ("https://api.home:6443", true),
        ])
    func servers(url: String, isShared: Bool) {
        var cluster = TestCluster.threeMasters()
        cluster.setServer(url, on: "grey-area")
        cluster.object("grey-area") { $0.internalAddresses = ["10.9.9.9", "fd00::1"] }
        for name in ["grey-area", "congenital-optimist", "limiting-factor"] {
            cluster.member(name) { $0.leaderID = "id-limiting-factor" }
        }
        // A kubelet that may reach any apiserver has to wait until the others have moved.
        #expect(cluster.plan().goal.hops[0].nodes.firstIndex(of: "grey-area") == (isShared ? 2 : 1))
        #expect(cluster.findings("KUP-P014").isEmpty)
    }
}
