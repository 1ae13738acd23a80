import Testing

@testable import NixOS

/// What the probe's second part prints, as values.
@Suite struct PlatformReportTests {
    private func report(_ section: String, _ text: String) -> HostReport { HostReport(sections: [section: text]) }

    @Test(arguments: [("cgroup2fs", 2), ("tmpfs", 1), ("", nil)] as [(String, Int?)])
    func knowsTheVersionOfControlGroups(text: String, version: Int?) {
        #expect(report("cgroup", text).cgroupVersion == version)
    }

    @Test func namesEachLoaderOnce() {
        #expect(report("loaders", "systemd-boot\nsystemd-boot\ngrub\n").loaders == ["grub", "systemd-boot"])
    }

    @Test(
        arguments: [
            (" init=/nix/store/a-x/init\n init=/nix/store/a-x/init\n", "/nix/store/a-x/init"),
            (" init=/nix/store/a-x/init\n init=/nix/store/b-y/init\n", nil), ("", nil),
        ] as [(String, String?)])
    func knowsWhatTheLoaderStarts(text: String, path: String?) {
        #expect(report("boot-default", text).bootDefault == path)
    }

    @Test func knowsWhenTheProfilesGenerationWasMade() {
        let births =
            "btime 5\n0 1700000000 1 /nix/var/nix/profiles/system-1-link\n0 1800000000 1 /nix/var/nix/profiles/system-2-link\n"
        let report = HostReport(sections: ["births": births, "profile": "system-2-link\n"])
        #expect(report.profileMadeAt == 1_800_000_000)
        #expect(HostReport(sections: ["births": births]).profileMadeAt == nil)
    }

    @Test func followsAFileSystemDownToWhatEncryptsIt() {
        let report = HostReport(sections: [
            "mounts": "/ ext4 /dev/mapper/root\n/var/lib xfs /dev/mapper/vg-data\n/boot vfat /dev/sda1\nrubbish\n",
            "layers": "sda sda disk \nsda1 sda1 part sda\nsda2 sda2 part sda\nroot dm-0 crypt sda2\n"
                + "sdb sdb disk \nluks-b dm-1 crypt sdb\nvg-data dm-2 lvm dm-1\n",
            "tpm": "sda2\n",
        ])
        #expect(report.mounts.map(\.folder) == ["/", "/var/lib", "/boot"])
        #expect(report.mounts.map(\.isEncrypted) == [true, true, false])
        #expect(report.mounts.map(\.hasTPM) == [true, false, false])
    }

    @Test func aDatasetThatAsksForItsKeyIsSeen() {
        let report = HostReport(sections: ["mounts": "/ zfs rpool/root\n/nix zfs other/nix\n", "zfs": "rpool prompt\n"])
        #expect(report.mounts.map(\.asksPassphrase) == [true, false])
    }

    @Test func readsTimers() {
        let text = """
            [{"next":1795465791000000,"unit":"nixos-upgrade.timer","activates":"nixos-upgrade.service"},
             {"next":0,"unit":"a.timer","activates":"a.service"}]
            """
        #expect(
            report("timers", text).timers == [
                HostReport.Timer(name: "a.timer", service: "a.service", nextMicroseconds: nil),
                HostReport.Timer(
                    name: "nixos-upgrade.timer", service: "nixos-upgrade.service",
                    nextMicroseconds: 1_795_465_791_000_000),
            ])
        #expect(report("timers", "Unknown output").timers.isEmpty)
    }

    @Test(
        arguments: [
            ("  sandbox_image = \"pause:latest\"", "pause:latest"), ("sandbox = 'x'", nil), ("", nil),
        ] as [(String, String?)])
    func readsTheSandboxImage(text: String, image: String?) {
        #expect(report("containerd", text).sandboxImage == image)
    }

    @Test func tellsForeignPluginsFromNixOSOwn() {
        let text = """
            /opt/cni/bin/bridge /nix/store/x-cni-plugins/bin/bridge
            /opt/cni/bin/cilium-cni\u{20}
            /opt/cni/bin/calico /usr/lib/calico
            """
        #expect(report("plugins", text).foreignNetworkPlugins == ["calico", "cilium-cni"])
    }

    @Test(arguments: [("", nil), ("no", false), ("no\nyes", true), ("no\nunknown", nil)] as [(String, Bool?)])
    func knowsWhetherAKubeletsStartEmptiesTheFolder(text: String, wipes: Bool?) {
        #expect(report("wipes", text).wipesNetworkPlugins == wipes)
    }

    @Test func namesTheServicesThatHaveAGraphicsDeviceOpen() {
        let text = """
            0::/system.slice/ollama.service
            0::/system.slice/ollama.service
            1:name=systemd:/system.slice/docker.service/0123
            0::/kubepods.slice/kubepods-besteffort.slice/cri-containerd-12.scope
            0::/user.slice/user-1000.slice/user@1000.service/session.slice/org.gnome.Shell@wayland.service
            """
        #expect(report("graphics-users", text).graphicsUnits == ["docker.service", "ollama.service"])
    }

    /// Births of `/`, `/etc`, `/var/lib` and etcd's folder, the device of the last, and the first generation's time.
    @Test(
        arguments: [
            ("rolled back", "0 5 7 /", 1_010, 1_011, 7, 100, ["/var/lib/etcd"]),
            ("rolled back, state elsewhere", "0 5 7 /", 1_010, 1_011, 8, 100, []),
            ("an old root", "10 5 7 /", 10, 10, 7, 100, []),
            ("an old folder among young ones", "10 5 7 /", 1_010, 10, 7, 100, []),
            ("births are not known", "0 5 7 /", 0, 0, 7, 100, []),
            ("installed in this boot", "0 5 7 /", 1_010, 1_011, 7, 1_020, []),
        ] as [(String, String, Int, Int, Int, Int, [String])])
    func knowsARootThatABootMakesAnew(
        name: String, root: String, etc: Int, lib: Int, device: Int, generation: Int, folders: [String]
    ) {
        let text = """
            btime 1000
            \(root)
            \(etc) 5 7 /etc
            \(lib) 5 7 /var/lib
            \(lib) 5 \(device) /var/lib/etcd
            \(generation) \(generation) 9 /nix/var/nix/profiles/system-1-link
            2000 2000 9 /nix/var/nix/profiles/system-2-link
            """
        #expect(report("births", text).foldersOnYoungRoot == folders, "\(name)")
    }

    /// A host: firmware, kernel, user space. A container: only what its own systemd took.
    @Test(
        arguments: [
            (
                "FirmwareTimestampMonotonic=9000000\nUserspaceTimestampMonotonic=4000000\n"
                    + "FinishTimestampMonotonic=31000000\nVirtualization=\n", 40
            ),
            (
                "FirmwareTimestampMonotonic=0\nUserspaceTimestampMonotonic=5000000\nFinishTimestampMonotonic=31000000\n"
                    + "Virtualization=kvm\n", 31
            ),
            (
                "FirmwareTimestampMonotonic=0\nUserspaceTimestampMonotonic=900000000\n"
                    + "FinishTimestampMonotonic=912000000\nVirtualization=systemd-nspawn\n", 12
            ),
            ("FinishTimestampMonotonic=0\n", nil), ("", nil),
        ] as [(String, Int64?)])
    func knowsHowLongABootTook(text: String, seconds: Int64?) {
        #expect(report("boot-time", text).bootSeconds == seconds)
    }

    @Test func readsWhatIsThereOnceOnly() {
        #expect(
            report("tailscale", "    \"KeyExpiry\": \"2026-12-01T10:00:00Z\",\n").tailnetKeyExpiry
                == "2026-12-01T10:00:00Z")
        #expect(report("revision", "{\"configurationRevision\":\"abc\"}").configurationRevision == "abc")
        #expect(report("revision", "{\"configurationRevision\":\"\"}").configurationRevision == nil)
        #expect(report("images", "100\n23\n").bootImageBytes == 123)
        #expect(report("graphics", "nvidia0\nrenderD128\n").graphics == ["nvidia0", "renderD128"])
    }
}
