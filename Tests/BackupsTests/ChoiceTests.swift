import Backups
import Testing
import UpgradePlanning

@Suite struct MemberChoiceTests {
    private static func name(_ text: String) -> NodeName {
        guard let name = NodeName(text) else { preconditionFailure("\(text) is no node name") }
        return name
    }

    /// One that answers; `a` leads unless a test says otherwise.
    private static func member(
        _ node: String, applied: UInt64 = 5_000, leader: String? = "a", isLearner: Bool = false, errors: [String] = [],
        corrupt: String? = nil, hash: UInt32 = 42, at revision: Int64 = 100
    ) -> EtcdEndpointFacts {
        EtcdEndpointFacts(
            node: name(node),
            status: .seen(
                EtcdMemberFacts(
                    clusterID: "c1", memberID: "id-\(node)", version: Version(3, 4, 23), storageVersion: nil,
                    leaderID: leader.map { "id-\($0)" }, isLearner: isLearner, revision: 100, raftTerm: 2,
                    raftIndex: applied, raftAppliedIndex: applied, databaseSize: 1 << 20, databaseSizeInUse: 1 << 19,
                    databaseQuota: nil, members: [],
                    alarms: corrupt.map { [EtcdAlarm(memberID: "id-\($0)", kind: .corrupt)] } ?? [], errors: errors,
                    hash: .seen(EtcdHashFacts(revision: revision, compactRevision: 1, hash: hash)))))
    }

    private static func silent(_ node: String) -> EtcdEndpointFacts {
        EtcdEndpointFacts(node: name(node), status: .absent(Absence(.unreachable, "it is down")))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let endpoints: [EtcdEndpointFacts]
        let expected: [String]

        init(_ name: String, _ endpoints: [EtcdEndpointFacts], _ expected: [String]) {
            (testDescription, self.endpoints, self.expected) = (name, endpoints, expected)
        }
    }

    private static let cases: [Case] = [
        Case("nobody", [], []),
        Case("nobody who answers", [silent("a"), silent("b")], []),
        Case("one leader alone", [member("a")], ["a"]),
        Case("one who answers", [silent("b"), member("a"), silent("c")], ["a"]),
        Case("not the leader", [member("a"), member("b"), member("c")], ["b", "c", "a"]),
        Case("by name where all is equal", [member("c"), member("b"), member("d")], ["b", "c", "d"]),
        Case("without a leader", [member("b", leader: nil), member("a", leader: nil)], ["a", "b"]),
        Case(
            "most applied", [member("a"), member("b", applied: 4_990), member("c", applied: 4_995)], ["c", "b", "a"]),
        Case("a little behind the leader", [member("a"), member("b", applied: 4_000)], ["b", "a"]),
        Case("far behind the leader", [member("a"), member("b", applied: 3_999)], ["a", "b"]),
        Case("far behind", [member("b", applied: 3_000), member("c")], ["c", "b"]),
        Case("just started", [member("b", applied: 0), member("c", applied: .max)], ["c", "b"]),
        Case("a learner comes after the leader", [member("b", isLearner: true), member("a")], ["a", "b"]),
        Case("one with errors comes after the leader", [member("b", errors: ["NOSPACE"]), member("a")], ["a", "b"]),
        Case(
            "one that another calls corrupt comes after the leader",
            [member("a", corrupt: "b"), member("b"), member("c", errors: ["x"])], ["a", "c", "b"]),
        Case("one that is not as most", [member("a"), member("b", hash: 1), member("c")], ["c", "a", "b"]),
        Case("two halves tell nothing", [member("a"), member("b", hash: 1)], ["b", "a"]),
        Case(
            "hashes of different revisions tell nothing",
            [member("a"), member("b", hash: 1, at: 99), member("c")], ["b", "c", "a"]),
        Case(
            "far behind, with errors, and a learner",
            [
                member("b", isLearner: true), member("c", errors: ["NOSPACE"]), member("d", applied: 1), member("a"),
                member("e"),
            ], ["e", "a", "d", "c", "b"]),
    ]

    @Test(arguments: cases) func theBestComesFirst(_ row: Case) {
        #expect(MemberChoice.ranked(row.endpoints).map(\.text) == row.expected)
        #expect(MemberChoice.ranked(row.endpoints.reversed()).map(\.text) == row.expected)
    }
}

@Suite struct NodeFileListTests {
    private static func unit(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) -> UnitFacts {
        UnitFacts(
            name: name, loadState: "loaded", activeState: "active", subState: "running", activeSince: nil, restarts: 0,
            user: "root",
            commandLine: CommandLineFacts(executable: "/bin/x", arguments: arguments, environment: environment))
    }

    private static func pki(_ path: String, _ kind: PKIFileFacts.Kind) -> PKIFileFacts {
        PKIFileFacts(
            path: path, kind: kind, owner: "root", group: "root", mode: "0600", certificate: nil, keyMatch: nil,
            usedBy: [])
    }

    private static func list(_ units: [UnitFacts], pki: [PKIFileFacts] = []) -> NodeFileList {
        NodeFileList(
            HostFacts(
                hostname: "grey-area", machineID: "m", bootID: "b", kernel: "6.1.55", nixosVersion: "21.05",
                generations: GenerationFacts(
                    profileNumber: nil, profile: nil, current: nil, booted: nil, currentKernel: nil, bootedKernel: nil,
                    all: [:]),
                units: units, failedUnits: [], components: [], pki: pki, disks: [], memoryTotal: 0, memoryAvailable: 0,
                clockOffsetMilliseconds: 0, rebuilders: [], interfaces: [], isOperatorHost: false))
    }

    // MARK: what is taken

    @Test(arguments: [
        ("/etc/kubernetes/ca.pem", true), ("/var/lib/kubernetes/secrets/ca.pem", true), ("/srv/ca.pem", true),
        ("/nix/store/\(String(repeating: "a", count: 32))-x/ca.pem", false), ("/run/agenix/ca", false),
        ("/var/run/kubernetes/ca.pem", false), ("/var/lib/kubelet/pki/ca.pem", false), ("/var/lib/etcd/ca.pem", false),
        ("/var/lib/containerd/ca.pem", false), ("/etc/cni/net.d/ca.pem", false), ("/opt/cni/bin", false),
        ("/var/log/ca.pem", false), ("/dev/null", false), ("/proc/1/x", false), ("/sys/x", false), ("/tmp/x", false),
        ("/", false), ("ca.pem", false), ("https://grey-area:6443", false), ("/etc/two\nlines", false),
    ])
    func whatAHostMakesByItselfIsLeftOut(path: String, isTaken: Bool) {
        let expected = isTaken ? [path] : []
        #expect(Self.list([Self.unit("x.service", ["--client-ca-file=\(path)"])]).files == expected)
        // The keys of what is sealed in etcd come along from wherever a secret store or a rebuild puts them.
        let isBrought = path.hasPrefix("/run/") || path.hasPrefix("/nix/store/")
        let encryption = Self.list([Self.unit("x.service", ["--encryption-provider-config", path])])
        #expect(encryption.encryption == (isBrought ? [path] : expected))
        #expect(encryption.contents == (isBrought ? [path] : []))
        #expect(Self.list([Self.unit("etcd.service", environment: ["ETCD_CERT_FILE": path])]).files == expected)
    }

    @Test func everySourceIsLookedAtAndComesOnce() {
        let list = Self.list(
            [
                Self.unit(
                    "kube-apiserver.service", ["--tls-cert-file=/etc/b.pem", "--v=2", "--etcd-cafile", "/etc/a.pem"]),
                Self.unit("etcd.service", environment: ["ETCD_TRUSTED_CA_FILE": "/etc/a.pem,/etc/c.pem"]),
                UnitFacts(
                    name: "odd.service", loadState: "not-found", activeState: "inactive", subState: "dead",
                    activeSince: nil, restarts: 0, user: "", commandLine: nil),
            ], pki: [Self.pki("/etc/b.pem", .certificate), Self.pki("/etc/d.pem", .certificate)])
        #expect(list.files == ["/etc/a.pem", "/etc/b.pem", "/etc/c.pem", "/etc/d.pem"])
        #expect(list.named.isEmpty && list.needed.isEmpty && list.pairs.isEmpty && list.encryption.isEmpty)
    }

    @Test func whatASecretStorePutsThereIsNamed() {
        let list = Self.list(
            [Self.unit("kube-apiserver.service", ["--service-account-signing-key-file=/run/agenix/sa.pem"])],
            pki: [Self.pki("/run/agenix/ca-key.pem", .privateKey), Self.pki("/run/agenix/ca.pem", .certificate)])
        #expect(list.named == ["/run/agenix/ca-key.pem", "/run/agenix/ca.pem", "/run/agenix/sa.pem"])
        #expect(list.files.isEmpty && list.needed.isEmpty && list.pairs.isEmpty)
    }

    // MARK: what is needed

    private static let server = unit(
        "kube-apiserver.service",
        [
            "--service-account-signing-key-file=/var/lib/s/sa-key.pem", "--service-account-key-file=/var/lib/s/sa.pem",
            "--client-ca-file=/var/lib/s/ca.pem", "--encryption-provider-config=/var/lib/s/encryption.yaml",
            "--tls-cert-file=/var/lib/s/server.pem",
        ])
    private static let authority = ["ca.pem", "encryption.yaml", "sa-key.pem", "sa.pem"].map { "/var/lib/s/\($0)" }

    @Test func aMasterNeedsItsAuthority() {
        #expect(Self.list([Self.server]).needed == Self.authority)
        let cfssl = ["/var/lib/cfssl/ca-key.pem", "/var/lib/cfssl/ca.pem"]
        #expect(Self.list([Self.server, Self.unit("cfssl.service")]).needed == cfssl + Self.authority)
        #expect(Self.list([Self.server]).encryption == ["/var/lib/s/encryption.yaml"])
    }

    @Test func aWorkerNeedsNothing() {
        let kubelet = Self.unit("kubelet.service", ["--client-ca-file=/var/lib/s/ca.pem"])
        let list = Self.list([kubelet, Self.unit("cfssl.service")])
        #expect(list.needed.isEmpty && list.files == ["/var/lib/s/ca.pem"])
    }

    // MARK: pairs

    @Test(arguments: [
        ("/a/x-key.pem", "/a/x.pem", true), ("/a/x.key", "/a/x.crt", true), ("/a/x.key", "/a/x.pem", true),
        ("/a/x.key", "/a/x.cert", true), ("/a/x-key.pem", "/b/x.pem", false), ("/a/x-key.pem", "/a/y.pem", false),
        ("/a/x.pem", "/a/x.crt", false), ("/run/x-key.pem", "/run/x.pem", false),
        ("/var/lib/kubelet/x.key", "/var/lib/kubelet/x.crt", false),
    ])
    func keysGoWithWhatStandsBesideThem(key: String, certificate: String, isPair: Bool) {
        let list = Self.list([], pki: [Self.pki(certificate, .certificate), Self.pki(key, .privateKey)])
        #expect(list.pairs == (isPair ? [Manifest.Node.Pair(key: key, certificate: certificate)] : []))
    }

    @Test func keysGoWithTheCertificateThatAUnitUsesWithThem() {
        let units = [
            Self.unit("kube-apiserver.service", ["--tls-cert-file=/c/web.pem", "--tls-private-key-file=/k/web"]),
            Self.unit("cfssl.service", ["-ca=file:/c/ca.pem", "-ca-key=/k/ca.key"]),
            Self.unit("etcd.service", environment: ["ETCD_KEY_FILE": "/k/etcd", "ETCD_CERT_FILE": "/run/etcd.pem"]),
        ]
        let keys = ["/k/web", "/k/ca.key", "/k/etcd"].map { Self.pki($0, .privateKey) }
        let certificates = ["/c/web.pem", "/c/ca.pem", "/run/etcd.pem", "/k/ca.crt"].map { Self.pki($0, .certificate) }
        let list = Self.list(units, pki: keys + certificates)
        #expect(
            list.pairs == [
                Manifest.Node.Pair(key: "/k/ca.key", certificate: "/c/ca.pem"),
                Manifest.Node.Pair(key: "/k/web", certificate: "/c/web.pem"),
            ])
        #expect(list.needed == ["/c/ca.pem", "/k/ca.key"])
    }

    @Test func pairsComeInOrderAndOnlyWithCertificates() {
        let keys = ["/a/z-key.pem", "/a/b-key.pem", "/a/alone-key.pem"].map { Self.pki($0, .privateKey) }
        let others = [
            Self.pki("/a/z.pem", .certificate), Self.pki("/a/b.pem", .certificate),
            Self.pki("/a/alone.pem", .privateKey),
        ]
        #expect(Self.list([], pki: keys + others).pairs.map(\.key) == ["/a/b-key.pem", "/a/z-key.pem"])
    }
}
