import NodeAccess
import Testing

@testable import NixOS

@Suite struct ProbeTests {
    @Test(
        arguments: [
            ("", [:]),
            ("banner\nwithout a mark\n", [:]),
            ("\nm a\n1\n", ["a": "1"]),
            ("\nm a\n1\n2", ["a": "1\n2"]),
            ("\nm a\n\nm b\n\n\nm c\nx\n", ["a": "", "b": "", "c": "x"]),
            (
                "\nm certificate /etc/a b.pem\nroot root 644\nPEM\n\n\n",
                ["certificate /etc/a b.pem": "root root 644\nPEM"]
            ),
            ("motd\n\nm a\nsection-old b\nm\nmm b\n m b\n", ["a": "section-old b\nm\nmm b\n m b"]),
            ("\nm a\nno newline at the endm b\n\nm b\n2", ["a": "no newline at the endm b", "b": "2"]),
            ("\nm a\n1\n\nm a\n2\n", ["a": "2"]),
        ] as [(String, [String: String])])
    func splitsSections(output: String, sections: [String: String]) {
        #expect(HostProbe.sections(of: output, mark: "m") == sections)
    }

    /// The whole script, on the host that runs the tests.
    @Test func thisHostAnswers() async throws {
        let endpoint = NodeEndpoint(name: "here", addresses: ["local"])
        let sections = try await withNodeConnections(to: [endpoint], settings: SSHSettings()) { connections in
            try await HostProbe.run(on: try await connections[0].session(), known: [])
        }
        let report = HostReport(sections: sections)
        #expect(report.hostname.isEmpty == false)
        #expect(report.bootID.count == 36)
        #expect(report.kernel.contains("."))
        #expect((report.memoryTotal ?? 0) > 0)
        #expect(report.disks.contains { $0.path == "/" && $0.totalBytes >= $0.freeBytes })
        let (began, ended) = (try #require(report.clockMilliseconds), try #require(report.clockEndMilliseconds))
        #expect(began <= ended)
        #expect(try #require(report.monotonicEpoch) < Double(began) / 1_000)
    }
}

@Suite struct SystemdShowTests {
    private static let shown = """
        Id=etcd.service
        LoadState=loaded
        ActiveState=active
        SubState=running
        NRestarts=0
        User=etcd
        ExecStart={ path=/nix/store/x-etcd-3.4.23/bin/etcd ; argv[]=/nix/store/x-etcd-3.4.23/bin/etcd ; \
        ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }
        Environment=ETCD_NAME=cp-1 "ETCD_OPTS=a b" ETCD_URLS=https://a:1,https://b:2 "Q=say \\"hi\\" x=y"

        Id=kubelet.service
        LoadState=loaded
        ExecStart={ path=/bin/kubelet ; argv[]=/bin/kubelet --config=/etc/k.json --v 2 --labels=a=b; x ; \
        ignore_errors=yes ; start_time=[n/a] }


        LoadState=loaded
        Comment=a block without an Id

        Id=gone.service
        LoadState=not-found
        a line without an equals sign
        ActiveState=inactive
        """

    @Test func readsBlocks() {
        let units = ShownUnit.parse(Self.shown)
        #expect(units.map { $0["Id"] } == ["etcd.service", "kubelet.service", "gone.service"])
        #expect(units[0]["User"] == "etcd")
        #expect(units[0]["Nothing"] == "")
        #expect(units[2]["ActiveState"] == "inactive")
        #expect(ShownUnit.parse("").isEmpty)
    }

    @Test func readsCommandLines() {
        let units = ShownUnit.parse(Self.shown)
        #expect(units[0].execStart?.program == "/nix/store/x-etcd-3.4.23/bin/etcd")
        #expect(units[0].execStart?.arguments == [])
        #expect(units[1].execStart?.program == "/bin/kubelet")
        #expect(units[1].execStart?.arguments == ["--config=/etc/k.json", "--v", "2", "--labels=a=b;", "x"])
        #expect(units[2].execStart == nil)
        #expect(ShownUnit(properties: ["ExecStart": "{ path=/bin/x"]).execStart == nil)
        #expect(ShownUnit(properties: ["ExecStart": ""]).execStart == nil)
        let cut = ShownUnit(properties: ["ExecStart": "{ path=/bin/x ; argv[]=/bin/x --a --b"]).execStart
        #expect(cut?.arguments == ["--a", "--b"])
    }

    @Test func readsTheEnvironment() {
        let environment = ShownUnit.parse(Self.shown)[0].environment
        #expect(
            environment == [
                "ETCD_NAME": "cp-1", "ETCD_OPTS": "a b", "ETCD_URLS": "https://a:1,https://b:2", "Q": #"say "hi" x=y"#,
            ])
        #expect(ShownUnit(properties: [:]).environment.isEmpty)
    }

    @Test(
        arguments: [
            ("", []), ("  ", []), ("a b", ["a", "b"]), (#""a b" c"#, ["a b", "c"]), (#"a"b c"d"#, ["ab cd"]),
            (#"a\ b"#, ["a b"]), (#""a\\b\"c""#, [#"a\b"c"#]), (#""never closed"#, ["never closed"]),
            (#"end\"#, ["end"]),
        ] as [(String, [String])])
    func splitsWords(text: String, words: [String]) {
        #expect(ShownUnit.words(text) == words)
    }
}

@Suite struct HostReportTests {
    /// What a master prints, shortened.
    private static let output = """
        Last login: today

        m clock
        1795465791123

        m uptime
        100.25 180.10

        m hostname
        grey-area

        m machine-id
        0123456789abcdef0123456789abcdef

        m boot-id
        11111111-2222-3333-4444-555555555555

        m kernel
        5.10.19

        m nixos-version
        20.09.3505.12d9950bf47

        m links
        /run/current-system /nix/store/aaa-nixos-system-grey-area-20.09
        /run/booted-system /nix/store/bbb-nixos-system-grey-area-20.09
        /nix/var/nix/profiles/system /nix/store/aaa-nixos-system-grey-area-20.09
        /nix/var/nix/profiles/system-41-link /nix/store/bbb-nixos-system-grey-area-20.09
        /nix/var/nix/profiles/system-42-link /nix/store/aaa-nixos-system-grey-area-20.09
        /nix/var/nix/profiles/system-x-link /nix/store/ccc
        lonely

        m profile
        system-42-link

        m memory
        MemTotal:        8048576 kB
        MemAvailable:    1000 kB

        m disks
        / 4096 1000 500
        /boot 512 2000 1000
        /nix 4096 many 500
        /var/lib 4096 1000

        m interfaces
        1: lo    inet 127.0.0.1/8 scope host lo
        2: eth0@if7    inet 10.77.0.11/24 brd 10.77.0.255 scope global eth0
        2: eth0    inet6 fe80::1/64 scope link
        3: wg0    link/none
        rubbish

        m listed
        ● nginx.service loaded failed failed Nginx
        a.mount loaded failed failed A
        dbus.service loaded active running D-Bus
        nixos-upgrade.service loaded activating start NixOS Upgrade
        old.service not-found inactive dead old.service

        m rebuilders
        process nixos-rebuild
        process nixos-rebuild

        m lock
        1c:42

        m locks
        1: FLOCK  ADVISORY  WRITE 700 00:1c:42 0 EOF
        2: POSIX  ADVISORY  WRITE 701 fd:00:1234 0 EOF

        m units
        Id=kubelet.service
        LoadState=loaded

        Id=etcd.service
        LoadState=not-found

        m servers
        /etc/kubelet.conf https://grey-area:6443

        m versions
        /nix/store/k/bin/kubelet Kubernetes v1.20.2
        /nix/store/e/bin/etcd etcd Version: 3.4.23

        m owners
        kubernetes root 644 /var/lib/kubernetes/secrets/a.pem
        root root 600 /var/lib/kubernetes/secrets/b.pem
        only two

        m certificates
        ==> /var/lib/kubernetes/secrets/a.pem <==
        -----BEGIN CERTIFICATE-----
        AAAA
        -----END CERTIFICATE-----

        ==> /var/lib/kubernetes/secrets/b.pem <==
        -----BEGIN CERTIFICATE-----
        BBBB
        -----END CERTIFICATE-----

        m key /var/lib/kubernetes/secrets/a-key.pem
        kubernetes kubernetes 600 one
        ssh-rsa AAAA

        m key /var/lib/kubernetes/secrets/b-key.pem
        root root 0 two

        m key /var/lib/kubernetes/secrets/c-key.pem
        root root 600 three

        m key /broken
        only two

        m clock-end
        1795465791623
        """

    private let report = HostReport(
        sections: HostProbe.sections(of: output, mark: "m"), publicKeys: ["three": "ssh-rsa CCCC", "one": "old"])

    @Test func readsTheHost() throws {
        #expect(report.hostname == "grey-area")
        #expect(report.machineID == "0123456789abcdef0123456789abcdef")
        #expect(report.bootID == "11111111-2222-3333-4444-555555555555")
        #expect(report.kernel == "5.10.19")
        #expect(report.nixosVersion == "20.09.3505.12d9950bf47")
        #expect(report.clockMilliseconds == 1_795_465_791_123)
        #expect(report.clockEndMilliseconds == 1_795_465_791_623)
        #expect(abs(try #require(report.monotonicEpoch) - 1_795_465_690.873) < 0.001)
        #expect(report.memoryTotal == 8_241_741_824)
        #expect(report.memoryAvailable == 1_024_000)
        #expect(report.failedUnits == ["a.mount", "nginx.service"])
        #expect(report.activeUnits == ["dbus.service", "nixos-upgrade.service"])
        #expect(report.units.map { $0["Id"] } == ["kubelet.service"])
        #expect(report.servers == ["/etc/kubelet.conf": "https://grey-area:6443"])
        #expect(report.versionLines["/nix/store/e/bin/etcd"] == "etcd Version: 3.4.23")
    }

    @Test func readsGenerations() {
        #expect(report.profileNumber == 42)
        #expect(
            report.generations == [
                41: "/nix/store/bbb-nixos-system-grey-area-20.09", 42: "/nix/store/aaa-nixos-system-grey-area-20.09",
            ])
        #expect(report.links["/run/booted-system"] == "/nix/store/bbb-nixos-system-grey-area-20.09")
    }

    @Test func leavesOutMalformedLines() {
        #expect(
            report.disks == [
                HostReport.Disk(path: "/", totalBytes: 4_096_000, freeBytes: 2_048_000),
                HostReport.Disk(path: "/boot", totalBytes: 1_024_000, freeBytes: 512_000),
            ])
        #expect(report.interfaces.map { "\($0.name) \($0.address)" } == ["eth0 10.77.0.11/24", "eth0 fe80::1/64"])
        #expect(report.links["lonely"] == nil)
        #expect(report.keys.map(\.path).contains("/broken") == false)
    }

    @Test func readsCertificatesAndKeys() {
        #expect(report.certificates.map(\.path.last) == ["m", "m"])
        #expect(report.certificates.first?.mode == "644")
        #expect(report.certificates.first?.content.hasPrefix("-----BEGIN CERTIFICATE-----\nAAAA") == true)
        #expect(report.certificates.last?.content.hasPrefix("-----BEGIN CERTIFICATE-----\nBBBB") == true)
        #expect(report.keys.map(\.path.last) == ["m", "m", "m"])
        #expect(report.keys.map(\.content) == ["ssh-rsa AAAA", "", "ssh-rsa CCCC"])
        #expect(report.keys.map(\.owner) == ["kubernetes", "root", "root"])
        #expect(report.keys.map(\.identity) == ["one", "two", "three"])
    }

    @Test func knowsWhoRebuilds() {
        #expect(report.rebuilders == ["nixos-rebuild", "nixos-upgrade.service", "switch-to-configuration"])
    }

    @Test(arguments: [
        ("1c:42", "1: FLOCK  ADVISORY  WRITE 700 00:1c:42 0 EOF", true),
        ("fd01:42", "1: FLOCK  ADVISORY  WRITE 700 fd:01:42 0 EOF", true),
        // A minor number above 255: 0x12a is 0x10002a in `st_dev`.
        ("10002a:42", "1: FLOCK  ADVISORY  WRITE 700 00:12a:42 0 EOF", true),
        ("1c:4", "1: FLOCK  ADVISORY  WRITE 700 00:1c:42 0 EOF", false),
        ("1c:42", "", false), ("", "1: FLOCK  ADVISORY  WRITE 700 00:1c:42 0 EOF", false), ("rubbish", "", false),
    ])
    func seesTheSwitchLock(lock: String, locks: String, isHeld: Bool) {
        let report = HostReport(sections: ["lock": lock, "locks": locks])
        #expect(report.rebuilders == (isHeld ? ["switch-to-configuration"] : []))
    }

    @Test func anEmptyReportHasNothing() {
        let report = HostReport(sections: [:])
        #expect(report.hostname.isEmpty)
        #expect(report.nixosVersion == nil)
        #expect(report.clockMilliseconds == nil)
        #expect(report.monotonicEpoch == nil)
        #expect(report.profileNumber == nil)
        #expect(report.memoryTotal == nil)
        #expect(report.units.isEmpty && report.disks.isEmpty && report.keys.isEmpty && report.rebuilders.isEmpty)
    }

    @Test(
        arguments: [
            ("system-42-link", 42), ("system-1-link", 1), ("system", nil), ("system-x-link", nil),
            ("system--link", nil),
            ("profile-1-link", nil),
        ] as [(String, Int?)])
    func readsGenerationNumbers(link: String, number: Int?) {
        #expect(HostReport.generationNumber(link) == number)
    }
}
