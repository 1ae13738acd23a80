import EtcdClient
import KubernetesClient
import NixOS
import NodeAccess
import Testing
import UpgradePlanning

@testable import Observation

@Suite struct EtcdListenerTests {
    @Test(arguments: [
        ("https://127.0.0.1:2379", "127.0.0.1", 2_379, true), ("http://127.0.0.1:12379", "127.0.0.1", 12_379, false),
        ("https://0.0.0.0:2379", "127.0.0.1", 2_379, true), ("https://[::]:2379", "127.0.0.1", 2_379, true),
        ("https://10.0.0.1:2379,https://127.0.0.1:2380", "127.0.0.1", 2_380, true),
        ("https://10.0.0.1:2379,http://10.0.0.2:1", "10.0.0.1", 2_379, true),
        ("unix:///run/etcd,https://10.0.0.1:2379/x", "10.0.0.1", 2_379, true),
    ])
    func picksAListener(urls: String, host: String, port: Int, isTLS: Bool) throws {
        #expect(try EtcdAccess.listener(urls) == EtcdAccess.Listener(host: host, port: port, isTLS: isTLS))
    }

    @Test(arguments: ["", "unix:///run/etcd", "https://10.0.0.1", "https://a:port"])
    func refusesWhatIsNoURL(urls: String) {
        #expect(throws: ObservationFailure.self) { try EtcdAccess.listener(urls) }
    }
}

@Suite struct VersionLineTests {
    @Test(
        arguments: [
            ("Kubernetes v1.20.2", Version(1, 20, 2)), ("etcd Version: 3.4.23", Version(3, 4, 23)),
            ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1", Version(1, 6, 20)),
            ("containerd github.com/containerd/containerd v1.7.2 abcdef", Version(1, 7, 2)),
            ("Flanneld, version v0.13.0", Version(0, 13, 0)), ("command not found", nil), ("", nil), ("a.b.c", nil),
        ] as [(String, Version?)])
    func readsVersions(line: String, version: Version?) {
        #expect(VersionLine.version(line) == version)
    }
}

@Suite struct PKISiblingTests {
    @Test(arguments: [
        ("/s/etcd-key.pem", ["/s/etcd.pem"]), ("/s/ca.key", ["/s/ca.crt", "/s/ca.pem", "/s/ca.cert"]), ("/s/key", []),
        ("/s/ca.pem", []),
    ])
    func namesTheCertificateBesideAKey(key: String, certificates: [String]) {
        #expect(PKIReader.siblings(of: key) == certificates)
    }
}

@Suite struct AbsenceTests {
    @Test func everyReasonHasACode() {
        let access: [NodeAccessError.Code: Absence.Code] = [
            .unreachable: .unreachable, .connectionLost: .unreachable, .loginRefused: .refused,
            .hostKeyChanged: .hostKey, .hostKeyUnknown: .hostKey, .privilegeRefused: .noPrivilege,
            .commandMissing: .missing, .programMissing: .missing, .timedOut: .timedOut, .outputTooLarge: .malformed,
        ]
        for code in NodeAccessError.Code.allCases {
            let absence = Absence(NodeAccessError(code, node: "a", "why"))
            #expect(absence.code == access[code], "\(code)")
            #expect(absence.reason == "why")
        }
        #expect(Absence(EtcdError(.timedOut, "why")) == Absence(.timedOut, "why"))
        #expect(Absence(EtcdError(.outOfRange, "why")).code == .failed)
        #expect(Absence(EtcdError(.badCredentials, "why")).code == .malformed)
        #expect(Absence(NixError(.evaluation, "why")) == Absence(.failed, "why"))
        #expect(Absence(NixError(.noModule, "why")).code == .missing)
        #expect(Absence(CancellationError()).code == .notAsked)
        #expect(Absence(ObservationFailure(.missing, "why")) == Absence(.missing, "why"))
    }

    @Test func anErrorBecomesAFact() async {
        let absent = await Observed<Int> { throw ObservationFailure(.missing, "why") }
        #expect(absent == .absent(Absence(.missing, "why")))
        #expect(await Observed { 7 } == .seen(7))
    }
}

@Suite struct HostFactsTests {
    private static let hash = "0123456789abcdfghijklmnpqrsvwxyz"
    private static let current = "/nix/store/\(hash)-nixos-system-a-20.09"
    private static let kubelet = "/nix/store/\(hash)-kubernetes-1.20.2/bin/kubelet"

    private static func report(_ extra: [String: String] = [:]) -> HostReport {
        HostReport(
            sections: [
                "hostname": "a", "machine-id": "m", "boot-id": "b", "clock": "1000500", "clock-end": "1001500",
                "uptime": "100.5 0", "profile": "system-7-link", "disks": "/ 1 9 9\n/nix 10 5 2\n/var/lib 10 5 1",
                "links": """
                /run/current-system \(current)
                /nix/var/nix/profiles/system \(current)
                /nix/var/nix/profiles/system-7-link \(current)
                /run/current-system/kernel /nix/store/\(hash)-linux-5.10.19/bzImage
                """,
                "units": """
                Id=kubelet.service
                LoadState=loaded
                ActiveState=active
                SubState=running
                NRestarts=3
                User=
                ActiveEnterTimestampMonotonic=50000000
                ExecStart={ path=\(kubelet) ; argv[]=\(kubelet) --kubeconfig=/etc/k --token=secret ; ignore_errors=no ; }

                Id=nginx.service
                LoadState=loaded
                ExecStart={ path=/bin/nginx ; argv[]=/bin/nginx --config=/x ; ignore_errors=no ; }
                Environment=SECRET=1 ETCD_NAME=x

                Id=etcd.service
                LoadState=not-found
                """,
                "servers": "/etc/k https://a:6443",
            ].merging(extra) { $1 })
    }

    private func facts(_ extra: [String: String] = [:], sent: Int64 = 1_000_000, answered: Int64 = 1_001_000)
        -> HostFacts
    {
        HostFacts(
            report: Self.report(extra), versions: [Self.kubelet: "Kubernetes v1.20.2"],
            times: ProbeTimes(sent: sent, answered: answered), operatorHost: OperatorHost(machineID: "m", bootID: "b"))
    }

    @Test func readsComponentsAndUnits() {
        let facts = facts()
        #expect(
            facts.components == [
                ComponentFacts(component: .kubelet, version: Version(1, 20, 2), executable: Self.kubelet)
            ])
        let unit = facts.unit("kubelet.service")
        #expect(unit?.user == "root")
        #expect(unit?.restarts == 3)
        #expect(unit?.server == "https://a:6443")
        #expect(unit?.activeSince == Instant(secondsSince1970: 950))
        #expect(unit?.commandLine?.flags == ["--kubeconfig": "/etc/k", "--token": nil])
        #expect(facts.unit("nginx.service")?.commandLine?.flags == [:])
        #expect(facts.unit("nginx.service")?.commandLine?.environment == [:])
        #expect(facts.unit("etcd.service") == nil)
        #expect(facts.isOperatorHost)
    }

    @Test func readsGenerations() {
        let generations = facts().generations
        #expect(generations.profileNumber == 7)
        #expect(generations.current == StorePath(containing: Self.current))
        #expect(generations.booted == nil)
        #expect(Array(generations.all.keys) == [7])
        #expect(facts().disks.map(\.path) == ["/nix", "/var/lib"])
    }

    /// The mean of both ways: half of the round trip falls out.
    @Test(
        arguments: [
            (1_000_000, 1_001_000, 500), (1_000_500, 1_001_500, 0), (1_000_400, 1_001_600, 0),
            (1_001_500, 1_002_500, -1_000),
        ] as [(Int64, Int64, Int64)])
    func computesTheClockOffset(sent: Int64, answered: Int64, offset: Int64) {
        #expect(facts(sent: sent, answered: answered).clockOffsetMilliseconds == offset)
    }

    @Test func isTheOperatorsHostByBothIDs() {
        let host = OperatorHost(machineID: "m", bootID: "b")
        #expect(host.is(machineID: "m", bootID: "b"))
        #expect(!host.is(machineID: "m", bootID: "c"))
        #expect(!host.is(machineID: "n", bootID: "b"))
        #expect(!OperatorHost(machineID: "", bootID: "").is(machineID: "", bootID: ""))
    }
}

@Suite struct ChannelObserverTests {
    @Test func aVersionNeedsNoNix() async throws {
        let nodes = ["a", "b"].compactMap { NodeName($0) }
        let observer = ChannelObserver(
            source: .version(Version(1, 36, 2)), bridges: [:], isOffline: true, input: "nixpkgs", flake: nil)
        let facts = try await observer.observe(nodes: nodes) { _, _ in true }
        #expect(facts.source == .version(Version(1, 36, 2)))
        #expect(facts.bridges.isEmpty)
        #expect(facts.offers.count == 2)
        #expect(facts.offers.values.allSatisfy { $0 == .seen(NodeOffer(kubernetes: Version(1, 36, 2))) })
    }

    @Test func aNodeWithoutClosureIsOfferedNothing() async throws {
        let node = try #require(NodeName("a"))
        let observer = ChannelObserver(
            source: .closures([:]), bridges: [:], isOffline: true, input: "nixpkgs", flake: nil)
        let facts = try await observer.observe(nodes: [node]) { _, _ in false }
        #expect(facts.offers.isEmpty)
    }

    @Test func anOfferWithoutVersionIsRefused() {
        #expect(throws: ObservationFailure.self) { try NodeOffer(NixOffer(kubernetes: "latest")) }
    }
}

@Suite struct KnownPathsTests {
    @Test func ofAKeyFileOnlyItsLastStateIsKnown() {
        let known = KnownPaths(
            versions: [:], publicKeys: ["m1:/a:1:1:9": "old", "m1:/gone:2:1:9": "x", "m2:/a:1:1:9": "other"],
            toplevels: [], closure: { _ in nil })
        #expect(
            known.publicKeys(after: [["m1:/a:1:2:9": "new"], [:]]) == ["m1:/a:1:2:9": "new", "m2:/a:1:1:9": "other"])
        #expect(known.publicKeys(after: []) == known.publicKeys)
    }
}
