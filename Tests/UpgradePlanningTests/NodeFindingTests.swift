import Plans
import Testing
import UpgradePlanning

@Suite("findings on nodes, certificates and the API")
struct NodeFindingTests {
    static let nodeCases: [FindingCase] = [
        .shows("KUP-P030", .blocker, "a host that does not answer") {
            $0.node("grey-area") { $0.host = .absent(Absence(.unreachable, "no route to host")) }
        },
        .absent("KUP-P030", "hosts that answer"),
        .shows("KUP-P031", .blocker, "a node that is not ready") {
            $0.object("grey-area") { ($0.isReady, $0.troubles) = (false, ["Ready: KubeletNotReady"]) }
        },
        .absent("KUP-P031", "ready nodes"),
        .shows("KUP-P032", .notice, "somebody's cordon") { $0.object("grey-area") { $0.isUnschedulable = true } },
        .absent("KUP-P032", "our own cordon") {
            $0.object("grey-area") { ($0.isUnschedulable, $0.cordonedByRun) = (true, "run-1") }
        },
        .shows("KUP-P033", .blocker, "nixos-rebuild at work") {
            $0.host("grey-area") { $0.rebuilders = ["nixos-rebuild"] }
        },
        .absent("KUP-P033", "quiet hosts"),
        .shows("KUP-P034", .warning, "our own cordon") {
            $0.object("grey-area") { ($0.isUnschedulable, $0.cordonedByRun) = (true, "run-1") }
        },
        .shows("KUP-P034", .warning, "a host's lock") { $0.host("grey-area") { $0.openRun = "upgrade-1" } },
        .absent("KUP-P034", "somebody's cordon") { $0.object("grey-area") { $0.isUnschedulable = true } },
        .shows("KUP-P035", .warning, "a clock 5 s behind") {
            $0.host("grey-area") { $0.clockOffsetMilliseconds = -5_000 }
        },
        .absent("KUP-P035", "a clock 900 ms ahead") { $0.host("grey-area") { $0.clockOffsetMilliseconds = 900 } },
        .shows("KUP-P036", .notice, "another kernel since the boot") {
            $0.host("grey-area") { $0.generations.bootedKernel = "/nix/store/x-linux-5.10/bzImage" }
        },
        .absent("KUP-P036", "the booted kernel"),
        .absent("KUP-P106", "hosts that are who they are said to be") { cluster in
            for name in ["grey-area", "congenital-optimist"] {
                cluster.object(name) { $0.machineID = "machine-\(name)" }
            }
        },
        .absent("KUP-P106", "a host whose own name is no node's, and one that was made anew") { cluster in
            cluster.host("grey-area") { $0.hostname = "master.lan" }
            cluster.object("grey-area") { $0.machineID = "an earlier one" }
        },
        .absent("KUP-P106", "clones that are not the same boot") { cluster in
            cluster.host("grey-area") { ($0.machineID, $0.bootID) = ("image", "one") }
            cluster.host("congenital-optimist") { ($0.machineID, $0.bootID) = ("image", "two") }
        },
        .shows("KUP-P106", .blocker, "two nodes that are one host") { cluster in
            cluster.host("grey-area") { $0.machineID = "machine-congenital-optimist" }
        },
        .shows("KUP-P106", .blocker, "a host that calls itself as another node is called") { cluster in
            cluster.host("grey-area") { $0.hostname = "limiting-factor.tailnet" }
        },
        .shows("KUP-P106", .blocker, "a host that the cluster knows as another node") { cluster in
            cluster.object("grey-area") { $0.machineID = "machine-grey-area" }
            cluster.object("congenital-optimist") { $0.machineID = "machine-congenital-optimist" }
            cluster.host("grey-area") { ($0.machineID, $0.bootID) = ("machine-congenital-optimist", "other") }
        },
        .shows("KUP-P037", .blocker, "a kubelet that is not registered") {
            $0.kubernetes { $0.nodes.removeAll { $0.name == "grey-area" } }
        },
        .absent("KUP-P037", "a master without a kubelet") { cluster in
            cluster.kubernetes { $0.nodes.removeAll { $0.name == "grey-area" } }
            cluster.host("grey-area") { $0.components.removeAll { $0.component == .kubelet } }
        },
        .absent("KUP-P037", "a cluster that could not be asked") {
            $0.facts.kubernetes = .absent(Absence(.unreachable, "no"))
        },
        .absent("KUP-P037", "a Node object with a domain") {
            $0.object("grey-area") { $0.name = "grey-area.home.arpa" }
        },
        .shows("KUP-P038", .warning, "a stranger that may stay") {
            $0.kubernetes { $0.nodes.append(TestCluster.object("stranger", kubelet: Version(1, 20, 2))) }
        },
        .shows("KUP-P038", .blocker, "a stranger that would be left behind") {
            $0.kubernetes { $0.nodes.append(TestCluster.object("stranger", kubelet: Version(1, 19, 2))) }
        },
        .absent("KUP-P038", "known nodes"),
    ]

    static let certificateCases: [FindingCase] = [
        .shows("KUP-P040", .blocker, "an ended certificate") {
            $0.host("grey-area") { $0.pki = [TestCluster.certificate("/a.pem", hoursLeft: -5)] }
        },
        .shows("KUP-P040", .blocker, "a certificate that ends within a run") {
            $0.host("grey-area") { $0.pki = [TestCluster.certificate("/a.pem", hoursLeft: 11)] }
        },
        .absent("KUP-P040", "an ended certificate that nobody uses") {
            $0.host("grey-area") { $0.pki = [TestCluster.certificate("/a.pem", hoursLeft: -5, isUsed: false)] }
        },
        .absent("KUP-P040", "a certificate with a month left") {
            $0.host("grey-area") { $0.pki = [TestCluster.certificate("/a.pem", hoursLeft: 700)] }
        },
        .shows("KUP-P041", .warning, "a leaf with 50 hours") {
            $0.host("grey-area") { $0.pki = [TestCluster.certificate("/a.pem", hoursLeft: 50)] }
        },
        .shows("KUP-P041", .warning, "an authority with 20 days") {
            $0.host("grey-area") { $0.pki = [TestCluster.certificate("/ca.pem", hoursLeft: 480, isAuthority: true)] }
        },
        .shows("KUP-P041", .warning, "an ended certificate that nobody uses") {
            $0.host("grey-area") { $0.pki = [TestCluster.certificate("/a.pem", hoursLeft: -5, isUsed: false)] }
        },
        .absent("KUP-P041", "a leaf with 73 hours") {
            $0.host("grey-area") {
                $0.pki = [TestCluster.certificate("/a.pem", hoursLeft: 73)]
                $0.units.append(TestCluster.unit("certmgr.service"))
            }
        },
        .shows("KUP-P041", .warning, "a leaf that nobody renews with 29 days") {
            $0.host("grey-area") { $0.pki = [TestCluster.certificate("/a.pem", hoursLeft: 29 * 24)] }
        },
        .absent("KUP-P041", "a leaf that nobody renews with 31 days") {
            $0.host("grey-area") { $0.pki = [TestCluster.certificate("/a.pem", hoursLeft: 31 * 24)] }
        },
    ]

    private static let ingress = DeprecatedObject(
        apiVersion: "networking.k8s.io/v1beta1", resource: "ingresses", namespace: "git", name: "forgejo",
        manager: "argocd-controller")
    private static let request = DeprecatedRequest(
        group: "networking.k8s.io", version: "v1beta1", resource: "ingresses", subresource: "",
        removedRelease: MinorRelease(major: 1, minor: 22))

    static let apiCases: [FindingCase] = [
        .shows("KUP-P050", .blocker, "objects and requests") {
            $0.kubernetes { $0.deprecatedObjects = .seen([ingress]) }
            $0.apiServer("grey-area") { $0.deprecatedRequests = .seen([request]) }
        },
        .shows("KUP-P050", .warning, "objects alone") { $0.kubernetes { $0.deprecatedObjects = .seen([ingress]) } },
        .shows("KUP-P050", .warning, "requests alone") {
            $0.apiServer("grey-area") { $0.deprecatedRequests = .seen([request]) }
        },
        .absent("KUP-P050", "a removal that is not on the way") {
            $0.kubernetes { $0.deprecatedObjects = .seen([ingress]) }
            $0.offers { $0.kubernetes = Version(1, 21, 9) }
        },
        .shows("KUP-P060", .blocker, "a silent apiserver") {
            $0.facts.apiServers[0].status = .absent(Absence(.unreachable, "connection refused"))
        },
        .shows("KUP-P060", .blocker, "an apiserver that is not ready") {
            $0.apiServer("grey-area") { $0.notReady = ["etcd"] }
        },
        .absent("KUP-P060", "ready apiservers"),
        .shows("KUP-P061", .blocker, "a cluster that could not be asked") {
            $0.facts.kubernetes = .absent(Absence(.refused, "forbidden"))
        },
        .absent("KUP-P061", "a cluster that answers"),
        .shows("KUP-P062", .blocker, "a program that would not say") {
            $0.setVersion(nil, of: [.scheduler], on: "grey-area")
        },
        .absent("KUP-P062", "programs that say"),
        .shows("KUP-P063", .blocker, "no master at all") { cluster in
            cluster.facts.apiServers = []
            for node in ["grey-area", "congenital-optimist", "limiting-factor"] {
                cluster.host(node) { $0.components.removeAll { $0.component == .apiServer } }
            }
        },
        .absent("KUP-P063", "masters"),
    ]

    @Test("nodes", arguments: nodeCases)
    func node(_ example: FindingCase) { example.check() }

    @Test("certificates", arguments: certificateCases)
    func certificate(_ example: FindingCase) { example.check() }

    @Test("the API", arguments: apiCases)
    func api(_ example: FindingCase) { example.check() }

    @Test("a well cluster has nothing against it")
    func well() {
        // That its versions were never tried is said of every cluster.
        func codes(_ cluster: TestCluster) -> Set<String> { Set(cluster.plan().findings.map(\.code)) }
        #expect(codes(.threeMasters()) == ["KUP-P075"])
        #expect(codes(.singleMaster()) == ["KUP-P022", "KUP-P075"])
    }

    @Test("a removed API names the objects, who wrote them, and which apiserver was asked")
    func removedBy() throws {
        var cluster = TestCluster.threeMasters()
        cluster.kubernetes { $0.deprecatedObjects = .seen([Self.ingress]) }
        cluster.apiServer("grey-area") { $0.deprecatedRequests = .seen([Self.request]) }
        let finding = try #require(cluster.findings("KUP-P050").first)
        #expect(finding.why.contains { $0.contains("git/forgejo by argocd-controller") })
        #expect(finding.why.contains { $0.contains("grey-area") })
        // Nothing that is to be pasted asks the API through it.
        #expect(finding.remedy.first?.hasPrefix("grep -rn -e 'apiVersion: networking.k8s.io/v1beta1'") == true)
        #expect(finding.remedy.allSatisfy { !$0.contains("kubectl") })
    }

    @Test("certificates are grouped by node, each with its path and the time it has")
    func certificateWords() throws {
        var cluster = TestCluster.threeMasters()
        cluster.host("grey-area") {
            $0.pki = [
                TestCluster.certificate("/b.pem", hoursLeft: -100), TestCluster.certificate("/a b.pem", hoursLeft: 5),
            ]
        }
        let finding = try #require(cluster.findings("KUP-P040").first)
        #expect(finding.why == ["/a b.pem: 5 hours left", "/b.pem: ended 4 days ago"])
        #expect(finding.remedy.last?.hasSuffix("-in '/a b.pem'") == true)
    }

    @Test("somebody else's cordon is neither set nor lifted, and the node is drained")
    func foreignCordonStays() {
        var cluster = TestCluster.threeMasters()
        cluster.object("grey-area") { $0.isUnschedulable = true }
        let kinds = cluster.plan().stages.first { $0.id == "1.21/grey-area" }?.steps.map(\.action.kind) ?? []
        #expect(kinds.contains(.drain))
        #expect(!kinds.contains(.cordon) && !kinds.contains(.uncordon))
    }
}
