/// What a host stands on: what decides whether it comes back from a reboot, and whether new programs start on it.
///
/// Everything is optional or empty where the host did not say it.
public struct PlatformFacts: Codable, Hashable, Sendable {
    /// 1 or 2: the hierarchy at `/sys/fs/cgroup`.
    public var cgroupVersion: Int?
    public var loaders: [BootLoader] = []
    /// What the boot loader starts unless told otherwise; `nil` where that was not seen.
    public var bootDefault: StorePath?
    /// When the generation that the system profile points at was made.
    public var profileMadeAt: Instant?
    /// The file systems that state lives on, by the folders that matter.
    public var mounts: [MountFacts] = []
    /// Timers that run, with their next time.
    public var timers: [TimerFacts] = []
    public var containerd = ContainerdFacts()
    /// Names in `/opt/cni/bin` that do not lead into the store: somebody installed them there.
    public var foreignNetworkPlugins: [String] = []
    /// What runs before the kubelet empties that folder; `nil` where that is not known.
    public var wipesNetworkPlugins: Bool?
    /// Names in the folder of network configurations.
    public var networkConfigurations: [String] = []
    /// Feature gates of the kubelet's configuration file.
    public var kubeletGates: [String: Bool] = [:]
    /// What its configuration says of `failCgroupV1`; `nil` where it says nothing.
    public var kubeletFailsOnOldControlGroups: Bool?
    /// Of the flake that the active system was built from; `nil` where the configuration does not record it.
    public var configurationRevision: String?
    /// When Tailscale's key of this node ends; `nil` where it does not, or Tailscale does not run.
    public var tailnetKeyEnds: Instant?
    /// What nix-gc passes to nix-collect-garbage: `--delete-older-than 30d`, or nothing; `nil` where it was not read.
    public var garbageOptions: String?
    /// What nh-clean passes to `nh clean all`: `--keep 5 --keep-since 14d`, or nothing; `nil` where it was not read.
    public var helperOptions: String?
    /// Devices of graphics processors: `nvidia0`, `renderD128`, `kfd`.
    public var graphics: [String] = []
    /// Units of the host that have one of them open; `nil` in facts from before it was asked.
    public var graphicsUnits: [String]?
    /// Folders of state on a root that was made anew by this boot; `nil` in facts from before it was asked.
    public var foldersOnYoungRoot: [String]?
    /// Kernel and initrd of the active system together, in bytes: what another generation takes on /boot.
    public var bootImageBytes: Int64?
    /// Seconds that the last boot took, from the firmware to the last unit.
    public var bootSeconds: Int64?

    public init() {}

    /// Where `folder` lives.
    public func mount(_ folder: String) -> MountFacts? { mounts.first { $0.folder == folder } }
}

public enum BootLoader: String, Codable, Sendable, CaseIterable {
    case systemdBoot = "systemd-boot"
    case grub
    /// Boots one default; has no entry for one boot only.
    case extlinux
}

/// The file system that a folder lives on.
public struct MountFacts: Codable, Hashable, Sendable {
    /// How it is opened at boot, where it is encrypted.
    public enum Unlocking: String, Codable, Sendable {
        /// Not encrypted.
        case open
        /// By the TPM, or by clevis: by itself.
        case tpm
        /// By something that the host does not show: a passphrase, or a key file.
        case unknown
        /// ZFS asks for a passphrase.
        case passphrase
    }

    public var folder: String
    /// `ext4`, `tmpfs`, `zfs`, …
    public var kind: String
    public var source: String
    public var unlocking: Unlocking

    public init(folder: String, kind: String, source: String, unlocking: Unlocking) {
        self.folder = folder
        self.kind = kind
        self.source = source
        self.unlocking = unlocking
    }

    /// Gone after the next boot.
    public var isEphemeral: Bool { kind == "tmpfs" || kind == "ramfs" }
}

/// A systemd timer.
public struct TimerFacts: Codable, Hashable, Sendable {
    public var name: String
    /// What it starts.
    public var service: String
    /// `nil` where it does not run by the clock.
    public var next: Instant?

    public init(name: String, service: String, next: Instant?) {
        self.name = name
        self.service = service
        self.next = next
    }
}

/// What containerd's configuration says.
public struct ContainerdFacts: Codable, Hashable, Sendable {
    /// `docker.io/library/pause:latest`; `nil` where the file names none.
    public var sandboxImage: String?

    public init(sandboxImage: String? = nil) { self.sandboxImage = sandboxImage }
}
