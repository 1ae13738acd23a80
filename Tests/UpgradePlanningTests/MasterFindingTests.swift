import Plans
import Testing
import UpgradePlanning

@Suite("findings on masters, their PKI and their etcd")
struct MasterFindingTests {
    private static let node = "grey-area"
    private static let secrets = "/var/lib/kubernetes/secrets"

    /// What two masters with easyCerts become: grey-area is followed, congenital-optimist stands alone.
    static func orphan() -> TestCluster {
        func master(_ name: String) -> TestCluster.Node {
            TestCluster.Node(
                name: name, isMaster: true, hasEtcd: true, kubernetes: TestCluster.labNow, server: "grey-area")
        }
        var cluster = TestCluster(
            [
                master("grey-area"), master("congenital-optimist"),
                TestCluster.Node(name: "limiting-factor", kubernetes: TestCluster.labNow, server: "grey-area"),
            ], offer: TestCluster.next(etcd: Version(3, 4, 23)), bridges: [TestCluster.labBridge])
        for (name, id, objects) in [("grey-area", "c1", ["home"]), ("congenital-optimist", "c2", ["home", "stray"])] {
            cluster.member(name) { member in
                member.clusterID = id
                member.leaderID = member.memberID
                member.members = member.members.filter { $0.name == name }
            }
            cluster.apiServer(name) {
                $0.kubeSystemUID = .seen("uid-\(id)")
                $0.contents = .seen(ContentFacts(objects: ["namespaces": objects]))
            }
        }
        return cluster
    }

    private static func file(
        _ name: String, owner: String = "kubernetes", group: String = "kubernetes", mode: String = "0600",
        _ change: (inout PKIFileFacts) -> Void = { _ in }
    ) -> PKIFileFacts {
        var file = PKIFileFacts(
            path: "\(secrets)/\(name)", kind: name.contains("-key") ? .privateKey : .certificate, owner: owner,
            group: group, mode: mode, certificate: nil, keyMatch: nil, usedBy: ["kubelet.service --x"])
        change(&file)
        return file
    }

    private static func certificate(_ print: String, days: Int64 = 300) -> CertificateFacts {
        let now = TestCluster.moment.secondsSince1970
        return CertificateFacts(
            commonName: "x", organizations: [], issuer: "ca", notBefore: Instant(secondsSince1970: now - 86_400),
            notAfter: Instant(secondsSince1970: now + days * 86_400), isAuthority: false, alternativeNames: [],
            fingerprint: print)
    }

    private static func unit(_ name: String, _ arguments: [String]) -> UnitFacts {
        var unit = TestCluster.unit(name)
        unit.commandLine = CommandLineFacts(executable: "/bin/x", arguments: arguments, environment: [:])
        return unit
    }

    /// Its apiserver passes these.
    private static func serving(_ name: String, _ arguments: [String], _ cluster: inout TestCluster) {
        cluster.host(name) { host in
            host.units.removeAll { $0.name == "kube-apiserver.service" }
            host.units.append(unit("kube-apiserver.service", arguments))
        }
    }

    private static let managed: @Sendable (inout HostFacts) -> Void = {
        $0.units.append(TestCluster.unit("certmgr.service"))
    }

    static let cases: [FindingCase] = [
        .shows("KUP-P016", .blocker, "an orphan", in: orphan()) { _ in },
        .absent("KUP-P016", "one cluster"),
        .shows("KUP-P017", .blocker, "a missing certificate") {
            $0.host(node) {
                $0.missingFiles = [
                    MissingFileFacts(path: "\(secrets)/etcd.pem", usedBy: ["etcd.service ETCD_CERT_FILE"])
                ]
            }
        },
        .absent("KUP-P017", "all files"),
        .shows("KUP-P027", .warning, "two members", in: .twoMasters()) { _ in },
        .absent("KUP-P027", "three members"), .absent("KUP-P027", "one member", in: .singleMaster()) { _ in },
        .shows("KUP-P042", .warning, "cfssl's certificate in its last week") {
            $0.host(node) {
                $0.pki = [
                    file("x") {
                        ($0.path, $0.kind) = ("/var/lib/cfssl/cfssl.pem", .certificate)
                        $0.certificate = certificate("a", days: 7)
                    }
                ]
            }
        },
        .absent("KUP-P041", "cfssl's certificate, which has a rule of its own") {
            $0.host(node) {
                $0.pki = [
                    file("x") {
                        ($0.path, $0.kind) = ("/var/lib/cfssl/cfssl.pem", .certificate)
                        $0.certificate = certificate("a", days: 1)
                    }
                ]
            }
        },
        .absent("KUP-P042", "cfssl's certificate in its first year") {
            $0.host(node) {
                $0.pki = [
                    file("x") {
                        ($0.path, $0.kind) = ("/var/lib/cfssl/cfssl.pem", .certificate)
                        $0.certificate = certificate("a")
                    }
                ]
            }
        },
        .shows("KUP-P043", .blocker, "a key of another certificate") {
            $0.host(node) { $0.pki = [file("etcd-key.pem") { $0.keyMatch = .differs }] }
        },
        .shows("KUP-P043", .warning, "a pair that nobody uses") {
            $0.host(node) {
                $0.pki = [
                    file("etcd-key.pem") {
                        $0.keyMatch = .differs
                        $0.usedBy = []
                    }
                ]
            }
        },
        .absent("KUP-P043", "pairs that match") {
            $0.host(node) { $0.pki = [file("etcd-key.pem") { $0.keyMatch = .matches }] }
        },
        .shows("KUP-P044", .warning, "a mode") {
            $0.host(node, managed)
            $0.host(node) { $0.pki = [file("kubelet-key.pem", mode: "0644")] }
        },
        .shows("KUP-P044", .warning, "an owner") {
            $0.host(node, managed)
            $0.host(node) { $0.pki = [file("etcd-key.pem")] }
        },
        .absent("KUP-P044", "as certmgr has them") {
            $0.host(node, managed)
            $0.host(node) {
                $0.pki = [
                    file("etcd-key.pem", owner: "etcd"), file("cluster-admin-key.pem", owner: "root"),
                    file("kubelet-key.pem"), file("etcd.pem", owner: "root", group: "root", mode: "0644"),
                    file("mine-key.pem", mode: "0640"),
                ]
            }
        },
        .shows("KUP-P044", .warning, "a mode in another folder that units use") {
            $0.host(node, managed)
            $0.host(node) {
                $0.pki = [
                    file("x", mode: "0644") {
                        ($0.path, $0.usedBy) = ("/secrets/kubelet-key.pem", ["kubelet.service --tls-private-key-file"])
                    }
                ]
            }
        },
        .absent("KUP-P044", "that mode where nobody looks") {
            $0.host(node, managed)
            $0.host(node) {
                $0.pki = [file("x", mode: "0644") { ($0.path, $0.usedBy) = ("/secrets/kubelet-key.pem", []) }]
            }
        },
        .shows("KUP-P044", .warning, "a key that everybody can read, without certmgr") {
            $0.host(node) { $0.pki = [file("kubelet-key.pem", mode: "0644")] }
        },
        .absent("KUP-P044", "another group, without certmgr") {
            $0.host(node) { $0.pki = [file("kubelet-key.pem", mode: "0640")] }
        },
        .shows("KUP-P045", .blocker, "different public keys") {
            for (index, name) in ["grey-area", "congenital-optimist"].enumerated() {
                serving(name, ["--service-account-key-file=/pki/sa.pub"], &$0)
                $0.host(name) {
                    $0.pki = [
                        file("x") {
                            ($0.path, $0.kind, $0.keyFingerprint) = ("/pki/sa.pub", .publicKey, "\(index)")
                        }
                    ]
                }
            }
        },
        .absent("KUP-P017", "a web server's certificate that is not there") {
            $0.host(node) { $0.missingFiles = [MissingFileFacts(path: "/a.pem", usedBy: ["nginx.service x"])] }
        },
        .shows("KUP-P045", .blocker, "no key") {
            serving(node, ["--service-account-signing-key-file=\(secrets)/service-account-key.pem"], &$0)
            $0.host(node) {
                $0.missingFiles = [MissingFileFacts(path: "\(secrets)/service-account-key.pem", usedBy: [])]
            }
        },
        .shows("KUP-P045", .blocker, "different keys") { cluster in
            for (name, print) in [("grey-area", "aaaa"), ("limiting-factor", "bbbb")] {
                serving(name, ["--service-account-key-file=\(secrets)/service-account.pem"], &cluster)
                cluster.host(name) { $0.pki = [file("service-account.pem") { $0.certificate = certificate(print) }] }
            }
        },
        .absent("KUP-P045", "one key"),
        .shows("KUP-P046", .warning, "a key in no archive") {
            serving(node, ["--encryption-provider-config=/run/agenix/encryption"], &$0)
            $0.facts.archives = .seen([])
        },
        .absent("KUP-P046", "a key in a proven archive") {
            serving(node, ["--encryption-provider-config=/run/agenix/encryption"], &$0)
        },
        .shows("KUP-P047", .notice, "certmgr beside an apiserver") { $0.host(node, managed) },
        .absent("KUP-P047", "no certmgr"),
        .shows("KUP-P051", .notice, "an API that goes later") { cluster in
            cluster.kubernetes {
                $0.deprecatedObjects = .seen([
                    DeprecatedObject(
                        apiVersion: "batch/v1beta1", resource: "cronjobs", namespace: "shop", name: "night",
                        manager: "argocd")
                ])
            }
        },
        .absent("KUP-P051", "none"),
    ]

    @Test("shown where they should be", arguments: cases)
    func finding(_ example: FindingCase) { example.check() }

    @Test("an orphan is named with what lives only there, who follows it, and both ways out")
    func orphanWords() throws {
        let finding = try #require(Self.orphan().findings("KUP-P016").first)
        #expect(finding.node == "congenital-optimist")
        #expect(finding.why.contains("only there: namespaces stray"))
        #expect(finding.why.contains("nothing uses its apiserver"))
        #expect(finding.remedy.contains { $0.contains("snapshot save") })
        let page = try #require(Explanations.explain("KUP-P016"))
        #expect(page.remedies.count == 2)
    }
}
