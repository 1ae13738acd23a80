import Plans
import Testing
import UpgradePlanning

@Suite("findings on hosts")
struct HostFindingTests {
    private static let node = "grey-area"

    private static func now(_ hours: Int64) -> Instant {
        Instant(secondsSince1970: TestCluster.moment.secondsSince1970 + hours * 3_600)
    }

    private static func mount(_ folder: String, _ kind: String, _ unlocking: MountFacts.Unlocking = .open) -> MountFacts
    {
        MountFacts(folder: folder, kind: kind, source: "/dev/mapper/root", unlocking: unlocking)
    }

    /// Every node gets another kernel.
    private static func rebooting() -> TestCluster {
        var cluster = TestCluster.threeMasters()
        cluster.offers { ($0.kubernetes, $0.kernel) = (TestCluster.labNow, "6.6.1") }
        return cluster
    }

    /// Into a bridge's kernel, and out of it again.
    private static func twoBoots() -> TestCluster {
        var cluster = TestCluster.threeMasters()
        cluster.offers { $0.kernel = "6.6.1" }
        for index in cluster.channel.bridges.indices {
            cluster.channel.bridges[index].offers = cluster.channel.bridges[index].offers.mapValues { offer in
                guard case .seen(var offer) = offer else { return offer }
                (offer.kernel, offer.unlocksBySSH) = ("6.2.1", false)
                return .seen(offer)
            }
        }
        return cluster
    }

    /// A timer that goes off in five days, and what its collector is told.
    private static func gc(_ cluster: inout TestCluster, _ name: String, nix: String? = nil, nh: String? = nil) {
        cluster.host(node) {
            $0.platform.timers = [TimerFacts(name: "\(name).timer", service: "\(name).service", next: now(5))]
            ($0.platform.garbageOptions, $0.platform.helperOptions) = (nix, nh)
        }
    }

    private static func disks(_ path: String, free: Int64) -> @Sendable (inout HostFacts) -> Void {
        { $0.disks = [DiskFacts(path: path, totalBytes: 100 << 30, freeBytes: free)] }
    }

    private static func state(
        _ component: Component, _ active: String, _ sub: String
    ) -> @Sendable (inout HostFacts) -> Void {
        { host in
            for index in host.units.indices where host.units[index].name == component.unit {
                (host.units[index].activeState, host.units[index].subState) = (active, sub)
            }
        }
    }

    private static func helper(_ name: String, _ active: String, _ sub: String) -> UnitFacts {
        UnitFacts(
            name: name, loadState: "loaded", activeState: active, subState: sub, activeSince: nil, restarts: 0,
            user: "root", commandLine: nil)
    }

    @Test func whatKupgradeHoldsIsNamedWithTheWaysOut() throws {
        var cluster = TestCluster.threeMasters()
        cluster.host(Self.node, Self.state(.kubelet, "inactive", "dead"))
        cluster.host(Self.node) { $0.heldUnits = ["etcd.service", "kubelet.service"] }
        let finding = try #require(cluster.plan().findings.first { $0.code == "KUP-P104" })
        #expect(
            finding.why.contains("kupgrade holds etcd.service, kubelet.service, by files in /var/lib/kupgrade/holds"))
        #expect(finding.remedy.last?.hasPrefix("kupgrade explain KUP-P104") == true)
    }

    static let cases: [FindingCase] = [
        .shows("KUP-P104", .blocker, "no kubelet") { $0.host(node, state(.kubelet, "inactive", "dead")) },
        .shows("KUP-P104", .blocker, "a controller-manager that ends again and again") {
            $0.host(node, state(.controllerManager, "activating", "auto-restart"))
        },
        .shows("KUP-P104", .warning, "no kube-proxy") { $0.host(node, state(.proxy, "inactive", "dead")) },
        .shows("KUP-P104", .warning, "no etcd") { $0.host(node, state(.etcd, "inactive", "dead")) },
        .shows("KUP-P104", .warning, "no certmgr") { cluster in
            cluster.host(node) { $0.units.append(helper("certmgr.service", "inactive", "dead")) }
        },
        .shows("KUP-P104", .warning, "a cfssl that ends again and again, seen while it starts") { cluster in
            cluster.host(node) { host in
                var cfssl = helper("cfssl.service", "activating", "start")
                cfssl.restarts = 40
                host.units.append(cfssl)
            }
        },
        .shows("KUP-P104", .blocker, "a scheduler that ends again and again, seen while it runs") { cluster in
            cluster.host(node) { host in
                for index in host.units.indices where host.units[index].name == Component.scheduler.unit {
                    host.units[index].restarts = 12
                    host.units[index].activeSince = Instant(secondsSince1970: TestCluster.moment.secondsSince1970 - 4)
                }
            }
        },
        .absent("KUP-P104", "a scheduler that was restarted often, and has run since") { cluster in
            cluster.host(node) { host in
                for index in host.units.indices where host.units[index].name == Component.scheduler.unit {
                    host.units[index].restarts = 12
                    host.units[index].activeSince = Instant(secondsSince1970: TestCluster.moment.secondsSince1970 - 90)
                }
            }
        },
        .absent("KUP-P104", "an apiserver of which another finding tells") {
            $0.host(node, state(.apiServer, "inactive", "dead"))
        },
        .absent("KUP-P104", "a kubelet that starts") { $0.host(node, state(.kubelet, "activating", "start")) },
        .absent("KUP-P104", "a unit that failed, of which another finding tells") {
            $0.host(node, state(.kubelet, "failed", "failed"))
        },
        .shows("KUP-P105", .blocker, "no active system") { $0.host(node) { $0.generations.current = nil } },
        .absent("KUP-P105", "an active system"),
        .shows("KUP-P090", .blocker, "no room for the new images") {
            $0.host(node) {
                disks("/boot", free: 30 << 20)(&$0)
                $0.platform.bootImageBytes = 60 << 20
            }
        },
        .shows("KUP-P090", .warning, "room for few", in: .threeMasters(bridges: [])) {
            $0.offers { $0.kubernetes = TestCluster.labNow }
            $0.host(node) {
                disks("/boot", free: 100 << 20)(&$0)
                $0.platform.bootImageBytes = 60 << 20
            }
        },
        .shows("KUP-P090", .warning, "no room, and no new images", in: .threeMasters(bridges: [])) {
            $0.offers { $0.kubernetes = Version(1, 20, 9) }
            let boot = ClosureFacts(
                certainty: .built,
                boot: BootFacts(kernel: TestCluster.storePath("k"), initrd: TestCluster.storePath("i")),
                units: [:])
            $0.offers { $0.closure = boot }
            for name in ["grey-area", "congenital-optimist", "limiting-factor"] {
                $0.host(name) { $0.closure = .seen(boot) }
            }
            $0.host(node) {
                disks("/boot", free: 30 << 20)(&$0)
                $0.platform.bootImageBytes = 60 << 20
            }
        },
        .absent("KUP-P090", "a large /boot") {
            $0.host(node) {
                disks("/boot", free: 800 << 20)(&$0)
                $0.platform.bootImageBytes = 60 << 20
            }
        },
        .shows("KUP-P091", .warning, "a full store") { $0.host(node, disks("/nix", free: 1 << 30)) },
        .shows("KUP-P091", .warning, "no room for a second etcd") {
            $0.host(node, disks("/var/lib", free: 2 << 30))
            $0.member(node) { $0.databaseSize = 1 << 30 }
        },
        .shows("KUP-P091", .warning, "no room on etcd's own file system") {
            $0.host(node, disks("/var/lib/etcd", free: 2 << 30))
            $0.member(node) { $0.databaseSize = 1 << 30 }
        },
        .absent("KUP-P091", "room") { $0.host(node, disks("/nix", free: 50 << 30)) },
        .shows("KUP-P092", .warning, "little memory") { $0.host(node) { $0.memoryAvailable = 100 << 20 } },
        .absent("KUP-P092", "memory") { $0.host(node) { $0.memoryAvailable = 2 << 30 } },
        .shows("KUP-P093", .warning, "a gc timer") { gc(&$0, "nix-gc") },
        .shows("KUP-P093", .warning, "one that deletes all old generations") { gc(&$0, "nix-gc", nix: "-d") },
        .shows("KUP-P093", .notice, "one that keeps what was active 30 days ago") {
            gc(&$0, "nix-gc", nix: "--delete-older-than 30d")
        },
        .absent("KUP-P093", "one that deletes no generation") { gc(&$0, "nix-gc", nix: "") },
        .absent("KUP-P093", "one that only frees some room") { gc(&$0, "nix-gc", nix: "--max-freed 1G") },
        .absent("KUP-P093", "one with options of another kind") {
            gc(&$0, "nix-gc", nix: "--max-freed $((64 * 1024**3))")
        },
        .shows("KUP-P093", .warning, "nh, of which nothing is known") { gc(&$0, "nh-clean") },
        .shows("KUP-P093", .warning, "nh as it comes") { gc(&$0, "nh-clean", nh: "") },
        .shows("KUP-P093", .warning, "nh that goes by age alone") { gc(&$0, "nh-clean", nh: "--keep-since 14d") },
        .shows("KUP-P093", .warning, "nh, once it runs when it is old enough") {
            gc(&$0, "nh-clean", nh: "--keep 1 --keep-since 4h")
            $0.host(node) { $0.platform.profileMadeAt = now(0) }
        },
        .shows("KUP-P093", .notice, "nh that runs before it is old enough") {
            gc(&$0, "nh-clean", nh: "--keep 1 --keep-since=6h")
            $0.host(node) { $0.platform.profileMadeAt = now(0) }
        },
        .shows("KUP-P093", .notice, "nh that keeps some") { gc(&$0, "nh-clean", nh: "--keep-since 14d --keep 5") },
        .shows("KUP-P093", .notice, "nh that keeps some, in short") { gc(&$0, "nh-clean", nh: "-k 2") },
        .absent("KUP-P093", "another timer") {
            $0.host(node) {
                $0.platform.timers = [TimerFacts(name: "fstrim.timer", service: "fstrim.service", next: nil)]
            }
        },
        .shows("KUP-P094", .warning, "one address") { $0.node(node) { $0.addresses.removeLast() } },
        .shows("KUP-P094", .warning, "a dead second address") {
            $0.node(node) { $0.addresses[1] = AddressFacts(address: "x.lan", state: .dead, reason: "no route") }
        },
        .absent("KUP-P094", "a node that is this host") {
            $0.node(node) { $0.addresses = [AddressFacts(address: "local", state: .used)] }
        },
        .shows("KUP-P095", .notice, "the operator on a node") { $0.host(node) { $0.isOperatorHost = true } },
        .shows("KUP-P095", .warning, "the operator on a node that reboots", in: rebooting()) {
            $0.host(node) { $0.isOperatorHost = true }
        },
        .absent("KUP-P095", "the operator elsewhere", in: rebooting()) { _ in },
        .shows("KUP-P096", .warning, "LUKS, and an initrd that is not known", in: rebooting()) {
            $0.host(node) { $0.platform.mounts = [mount("/", "ext4", .unknown)] }
        },
        .shows("KUP-P096", .warning, "LUKS, and an initrd without ssh", in: rebooting()) {
            $0.host(node) { $0.platform.mounts = [mount("/", "ext4", .unknown)] }
            $0.offers { $0.unlocksBySSH = false }
        },
        .shows("KUP-P096", .blocker, "ZFS that asks", in: rebooting()) {
            $0.host(node) { $0.platform.mounts = [mount("/", "zfs", .passphrase)] }
        },
        .shows("KUP-P096", .notice, "LUKS without a reboot") {
            $0.host(node) { $0.platform.mounts = [mount("/", "ext4", .unknown)] }
        },
        .absent("KUP-P096", "an initrd with ssh", in: rebooting()) {
            $0.host(node) { $0.platform.mounts = [mount("/", "ext4", .unknown)] }
            $0.offers { $0.unlocksBySSH = true }
        },
        .shows("KUP-P096", .warning, "LUKS, and ssh only in the initrd of the end, not in the bridge's", in: twoBoots())
        {
            $0.host(node) { $0.platform.mounts = [mount("/", "ext4", .unknown)] }
            $0.offers { $0.unlocksBySSH = true }
        },
        .absent("KUP-P096", "a TPM", in: rebooting()) {
            $0.host(node) { $0.platform.mounts = [mount("/", "ext4", .tpm)] }
        },
        .shows("KUP-P097", .blocker, "etcd on a tmpfs, and a reboot", in: rebooting()) {
            $0.host(node) { $0.platform.mounts = [mount("/", "tmpfs"), mount("/var/lib/etcd", "tmpfs")] }
        },
        .absent("KUP-P097", "an ephemeral root whose folders of state are kept", in: rebooting()) {
            $0.host(node) {
                $0.platform.mounts = [
                    mount("/", "tmpfs"), mount("/var/lib", "tmpfs"), mount("/etc/ssh", "tmpfs"),
                    mount("/var/lib/etcd", "ext4"), mount("/var/lib/kubernetes", "ext4"),
                ]
            }
        },
        .shows("KUP-P097", .blocker, "etcd on a root that a boot makes anew, and a reboot", in: rebooting()) {
            $0.host(node) { $0.platform.foldersOnYoungRoot = ["/var/lib/etcd"] }
        },
        .shows("KUP-P097", .warning, "etcd on a tmpfs") {
            $0.host(node) { $0.platform.mounts = [mount("/var/lib/etcd", "tmpfs")] }
        },
        .absent("KUP-P097", "a tmpfs with persistent folders") {
            $0.host(node) { $0.platform.mounts = [mount("/", "tmpfs"), mount("/var/lib", "ext4")] }
        },
        .shows("KUP-P098", .warning, "extlinux", in: rebooting()) {
            $0.host(node) { $0.platform.loaders = [.extlinux] }
        },
        .absent("KUP-P098", "extlinux without a reboot") { $0.host(node) { $0.platform.loaders = [.extlinux] } },
        .shows("KUP-P098", .warning, "grub", in: rebooting()) { $0.host(node) { $0.platform.loaders = [.grub] } },
        .absent("KUP-P098", "systemd-boot", in: rebooting()) {
            $0.host(node) { $0.platform.loaders = [.systemdBoot] }
        },
        .shows("KUP-P099", .warning, "a key that ends tomorrow") {
            $0.host(node) { $0.platform.tailnetKeyEnds = now(24) }
        },
        .absent("KUP-P099", "a key that lasts") { $0.host(node) { $0.platform.tailnetKeyEnds = now(24 * 90) } },
        .shows("KUP-P100", .notice, "another revision") {
            $0.host(node) { $0.platform.configurationRevision = "aaaa" }
            $0.offers { ($0.revision, $0.toplevel) = ("bbbb", TestCluster.storePath("nixos-system-b")) }
        },
        .shows("KUP-P100", .notice, "a revision that is not known") { $0.offers { $0.revision = "bbbb" } },
        .absent("KUP-P100", "the very system") {
            let current = TestCluster.storePath("nixos-system-a")
            for node in $0.facts.nodes { $0.host(node.name.text) { $0.generations.current = current } }
            $0.offers { ($0.revision, $0.toplevel) = ("bbbb", current) }
        },
        .absent("KUP-P100", "a configuration that records none") {
            $0.host(node) { $0.platform.configurationRevision = "aaaa" }
        },
        .shows("KUP-P101", .warning, "nixos-upgrade") {
            $0.host(node) { $0.platform.timers = [TimerFacts(name: "nixos-upgrade.timer", service: "", next: now(1))] }
        },
        .shows("KUP-P101", .warning, "comin") { $0.host(node) { $0.units.append(TestCluster.unit("comin.service")) } },
        .absent("KUP-P101", "neither"),
        .shows("KUP-P102", .warning, "a tested system") {
            $0.host(node) {
                $0.generations.current = TestCluster.storePath("nixos-system-a")
                $0.generations.profile = TestCluster.storePath("nixos-system-b")
            }
        },
        .absent("KUP-P102", "the profile's system"),
        .shows("KUP-P102", .warning, "a loader that starts another than the profile's") {
            $0.host(node) {
                ($0.generations.current, $0.generations.profile) = (
                    TestCluster.storePath("nixos-system-a"), TestCluster.storePath("nixos-system-a")
                )
                $0.platform.bootDefault = TestCluster.storePath("nixos-system-b")
            }
        },
        .absent("KUP-P102", "a loader that starts what is active, whatever the profile says") {
            $0.host(node) {
                ($0.generations.current, $0.generations.profile) = (
                    TestCluster.storePath("nixos-system-a"), TestCluster.storePath("nixos-system-b")
                )
                $0.platform.bootDefault = TestCluster.storePath("nixos-system-a")
            }
        },
        .shows("KUP-P103", .warning, "a failed unit") { $0.host(node) { $0.failedUnits = ["smartd.service"] } },
        .absent("KUP-P103", "none"),
        .shows("KUP-P110", .warning, "no folder of archives") {
            $0.facts.archives = .absent(Absence(.notAsked, "none is named"))
        },
        .shows("KUP-P110", .warning, "only checked ones") { cluster in
            var archive = TestCluster.archive
            archive.grade = .checked
            cluster.facts.archives = .seen([archive])
        },
        .shows("KUP-P110", .warning, "an old one") { cluster in
            var archive = TestCluster.archive
            archive.createdAt = now(-30)
            cluster.facts.archives = .seen([archive])
        },
        .absent("KUP-P110", "one of an hour ago"),
    ]

    @Test("shown where they should be", arguments: cases)
    func finding(_ example: FindingCase) { example.check() }
}
