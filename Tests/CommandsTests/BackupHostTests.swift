import Foundation
import Testing
import UpgradePlanning

@testable import Commands

/// What a host's mounts and its boot say of its archives.
@Suite struct BackupHostTests {
    private static let table = """
        21 1 0:20 / / rw - btrfs /dev/sda2 rw,subvol=/root
        22 21 0:31 / /var/lib rw - btrfs /dev/sda2 rw,subvol=/var
        23 21 0:32 / /archives rw - btrfs /dev/sda2 rw,subvol=/archives
        24 21 8:17 / /usb\\040disk rw shared:5 - ext4 /dev/sdb1 rw
        25 21 0:40 / /tank/etcd rw - zfs tank/etcd rw
        26 21 0:41 / /tank/kept rw - zfs tank/kept rw
        27 21 0:42 / /other rw - zfs other rw
        28 21 0:50 / /t1 rw - tmpfs tmpfs rw
        29 21 0:51 / /t2 rw - tmpfs tmpfs rw
        rubbish
        """

    @Test(
        arguments: [
            ("/var/lib/etcd/member", "/archives/lab", true), ("/var/lib/etcd/member", "/var/backup", true),
            ("/var/lib/etcd/member", "/usb disk/kupgrade", false), ("/tank/etcd/member", "/tank/kept", true),
            ("/tank/etcd/member", "/other", false), ("/t1", "/t2", false), ("/t1/a", "/t1/b", true),
        ])
    func subvolumesOfOneDiskAreOneDisk(etcd: String, archives: String, isOne: Bool) {
        #expect(Mounts(Self.table).haveOneDevice(etcd, archives) == isOne)
    }

    @Test func aNameOfADeviceIsTheDevice() {
        let table = """
            1 0 0:20 / / rw - btrfs /dev/disk/by-uuid/x rw
            2 1 0:21 / /archives rw - btrfs /dev/sda2 rw
            """
        #expect(!Mounts(table).haveOneDevice("/etc", "/archives"))
        #expect(Mounts(table, source: { $0.hasSuffix("/x") ? "/dev/sda2" : $0 }).haveOneDevice("/etc", "/archives"))
    }

    @Test(
        arguments: [
            ("Environment=\"ETCD_DATA_DIR=/tank/etcd\"\nExecStart=/nix/store/x/bin/etcd\n", "/tank/etcd"),
            ("Environment=ETCD_DATA_DIR=/a\nExecStart=/usr/bin/etcd --data-dir=/b --name x\n", "/b"),
            ("ExecStart=/usr/bin/etcd --data-dir /b\n[Service]\nEnvironment=ETCD_DATA_DIR=/c\n", "/b"),
            ("Environment=ETCD_DATA_DIR=/a\n\nEnvironment=ETCD_DATA_DIR=/c\n", "/c"),
            ("ExecStart=/usr/bin/etcd\n", nil), ("", nil), ("ExecStart=etcd --data-dir=default.etcd\n", nil),
        ] as [(String, String?)])
    func whereEtcdHasItsDataIsWhatItsUnitSays(unit: String, folder: String?) {
        #expect(OnlyCopy.dataFolder(ofUnit: unit) == folder)
    }

    @Test func withoutATableNothingIsKnown() {
        #expect(!Mounts("").haveOneDevice("/a", "/b"))
    }

    /// Waited for while no member has a leader, or a host that may run one is not back yet; not where there is no etcd.
    @Test func afterABootEtcdGetsItsTime() throws {
        let facts = try JSONDecoder().decode(ClusterFacts.self, from: fixture("facts.json"))
        #expect(!AfterBoot.isWorthWaiting(facts))
        var leaderless = facts
        for index in leaderless.etcd.indices {
            guard case .seen(var member) = leaderless.etcd[index].status else { continue }
            member.leaderID = nil
            leaderless.etcd[index].status = .seen(member)
        }
        #expect(AfterBoot.isWorthWaiting(leaderless))
        var without = facts
        without.etcd = []
        #expect(AfterBoot.isWorthWaiting(without))
        without.nodes.removeAll { $0.host.value == nil }
        #expect(!AfterBoot.isWorthWaiting(without))
    }
}
