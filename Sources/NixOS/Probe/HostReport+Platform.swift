import FoundationEssentials

extension HostReport {
    public struct Timer: Sendable, Hashable {
        public var name: String
        public var service: String
        /// Microseconds since 1970; `nil` where it does not run by the clock.
        public var nextMicroseconds: Int64?
    }

    public struct Mount: Sendable, Hashable {
        public var folder: String
        public var kind: String
        public var source: String
        /// Some layer below it is encrypted by dm-crypt, or ZFS asks for its key.
        public var isEncrypted: Bool
        /// Each encrypted device below it carries a key that the TPM opens.
        public var hasTPM: Bool
        public var asksPassphrase: Bool
    }

    /// 1 or 2: cgroup2fs is the whole hierarchy of version 2.
    public var cgroupVersion: Int? {
        switch text("cgroup") {
        case "": nil
        case "cgroup2fs": 2
        default: 1
        }
    }

    /// `systemd-boot`, `grub`, `extlinux`.
    public var loaders: [String] { Set(lines("loaders").map(String.init)).sorted() }

    public var mounts: [Mount] {
        let layers = BlockLayers(lines("layers"))
        let tpm = Set(lines("tpm").map(String.init))
        let asking = Set(lines("zfs").compactMap { $0.split(whereSeparator: \.isWhitespace).first.map(String.init) })
        return lines("mounts").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
            guard fields.count == 3 else { return nil }
            let source = fields[2].drop { $0 == " " }
            let crypts = layers.encrypted(below: String(source))
            let asks = fields[1] == "zfs" && asking.contains { source == $0 || source.hasPrefix($0 + "/") }
            return Mount(
                folder: String(fields[0]), kind: String(fields[1]), source: String(source),
                isEncrypted: !crypts.isEmpty || asks, hasTPM: !crypts.isEmpty && crypts.isSubset(of: tpm),
                asksPassphrase: asks)
        }
    }

    public var timers: [Timer] {
        let text = sections["timers"] ?? ""
        let found = (try? JSONDecoder().decode([TimerLine].self, from: Data(text.utf8))) ?? []
        return found.map {
            Timer(name: $0.unit, service: $0.activates, nextMicroseconds: $0.next.flatMap { $0 > 0 ? $0 : nil })
        }.sorted { $0.name < $1.name }
    }

    private struct TimerLine: Decodable {
        var unit: String
        var activates: String
        var next: Int64?
    }

    /// `docker.io/library/pause:latest` of containerd's configuration.
    public var sandboxImage: String? {
        let quoted = text("containerd").split(separator: "\"", omittingEmptySubsequences: false)
        return quoted.count >= 2 ? String(quoted[1]) : nil
    }

    /// Feature gates of the kubelet's configuration, where that is JSON, as NixOS writes it.
    public var kubeletGates: [String: Bool] { kubeletConfiguration.gates }

    /// `failCgroupV1` of the same; `nil` where it does not say.
    public var kubeletFailsOnOldControlGroups: Bool? { kubeletConfiguration.failsOnOldControlGroups }

    private var kubeletConfiguration: KubeletConfiguration {
        KubeletConfiguration(Data((sections["kubelet-config"] ?? "").utf8))
    }

    /// Names in `/opt/cni/bin` that lead nowhere into the store.
    public var foreignNetworkPlugins: [String] {
        lines("plugins").compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            guard let path = parts.first, parts.count == 1 || !parts[1].hasPrefix("/nix/store/") else { return nil }
            return path.split(separator: "/").last.map(String.init)
        }.sorted()
    }

    /// Units that kupgrade keeps from starting.
    public var heldUnits: [String] { lines("held").map(String.init).sorted() }

    /// The run of kupgrade that has the host's lock and has not ended, as far as the host knows.
    public var openRun: String? {
        let name = text("run")
        let isName = !name.isEmpty && name.utf8.count <= 64 && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        return isName ? name : nil
    }

    /// What runs before the kubelet empties `/opt/cni/bin`; `nil` where that cannot be read.
    public var wipesNetworkPlugins: Bool? {
        let found = Set(lines("wipes"))
        if found.contains("yes") { return true }
        return found == ["no"] ? false : nil
    }

    public var networkConfigurations: [String] { lines("networks").map(String.init).sorted() }

    /// `nixos-version --json`; absent where the configuration records no revision.
    public var configurationRevision: String? {
        struct Version: Decodable { var configurationRevision: String? }
        let text = sections["revision"] ?? ""
        return (try? JSONDecoder().decode(Version.self, from: Data(text.utf8)))?.configurationRevision
            .flatMap { $0.isEmpty ? nil : $0 }
    }

    /// RFC 3339, as Tailscale prints it.
    public var tailnetKeyExpiry: String? {
        let quoted = text("tailscale").split(separator: "\"")
        guard let name = quoted.firstIndex(of: "KeyExpiry"), quoted.indices.contains(name + 2) else { return nil }
        return String(quoted[name + 2])
    }

    /// What nix-gc passes to nix-collect-garbage: `--delete-older-than 30d`; `nil` where it could not be read.
    public var garbageOptions: String? { words(after: "nix-collect-garbage", in: "gc") }

    /// What nh-clean passes to `nh clean all`: `--keep 5 --keep-since 14d`; `nil` where it could not be read.
    public var helperOptions: String? { words(after: "clean all", in: "nh") }

    private func words(after command: String, in section: String) -> String? {
        let text = text(section)
        return text.firstRange(of: command).map { found in
            text[found.upperBound...].prefix { !$0.isNewline }.split(separator: " ").joined(separator: " ")
        }
    }

    public var graphics: [String] { lines("graphics").map(String.init).sorted() }

    /// Services of the host with a graphics device open. What runs in pods is not among them.
    public var graphicsUnits: [String] {
        let groups = lines("graphics-users").map { $0.split(separator: ":").last ?? "" }
        let units = groups.filter { !$0.contains("kubepods") }.compactMap { group in
            // What runs below it is its own affair.
            group.split(separator: "/").first { $0.hasSuffix(".service") }.map(String.init)
        }
        return Set(units).filter { !$0.hasPrefix("user@") }.sorted()
    }

    /// Folders of state on a root that this boot made anew, as where an initrd rolls it back to an empty snapshot: the
    /// root's own folders are born after the boot (`stat` knows no birth on some file systems: none then), while the
    /// host's first generation is older. A root of one boot only would look the same after an installation that made its
    /// folders then, and not after the next.
    public var foldersOnYoungRoot: [String] {
        let births = lines("births").compactMap { Birth($0) }
        func birth(_ path: String) -> Birth? { births.first { $0.path == path } }
        guard let line = lines("births").first(where: { $0.hasPrefix("btime ") }),
            let boot = Int64(line.dropFirst("btime ".count)), let root = birth("/"),
            let oldest = births.filter({ $0.path.hasPrefix("/nix/var/nix/profiles/") }).map(\.changed).min(),
            oldest < boot - 60
        else { return [] }
        let own = [birth("/etc"), birth("/var/lib")].compactMap(\.self).filter { $0.device == root.device }
        guard !own.isEmpty, own.allSatisfy({ $0.born >= boot - 5 }) else { return [] }
        return births.filter { $0.path.hasPrefix("/var/lib/") && $0.device == root.device }.map(\.path).sorted()
    }

    /// When the active generation of the system profile was made, in seconds since 1970.
    public var profileMadeAt: Int64? {
        guard let number = profileNumber else { return nil }
        return lines("births").compactMap { Birth($0) }
            .first { $0.path == "/nix/var/nix/profiles/system-\(number)-link" }?.changed
    }

    /// What the boot loader starts unless told otherwise, as a path in the store; `nil` where that is not known.
    public var bootDefault: String? {
        let paths = Set(lines("boot-default").compactMap { $0.split(separator: "=", maxSplits: 1).last })
        return paths.count == 1 ? paths.first.map(String.init) : nil
    }

    /// `stat -c '%W %Y %d %n'`.
    private struct Birth {
        /// Seconds since 1970; 0 where the file system does not know.
        let born: Int64
        let changed: Int64
        let device: Substring
        let path: String

        init?(_ line: Substring) {
            let fields = line.split(separator: " ", maxSplits: 3)
            guard fields.count == 4, let changed = Int64(fields[1]) else { return nil }
            (born, self.changed, device, path) = (Int64(fields[0]) ?? 0, changed, fields[2], String(fields[3]))
        }
    }

    /// Seconds from the firmware's start to the last unit's. systemd gives the first as microseconds before the kernel's.
    ///
    /// A container's systemd counts from the boot of the machine around it, and has no kernel of its own: there it is
    /// from the start of systemd.
    public var bootSeconds: Int64? {
        func value(_ name: String) -> Substring? {
            lines("boot-time").first { $0.hasPrefix(name + "=") }?.dropFirst(name.count + 1)
        }
        func microseconds(_ name: String) -> Int64 { value(name).flatMap { Int64($0) } ?? 0 }
        let finish = microseconds("FinishTimestampMonotonic")
        guard finish > 0 else { return nil }
        let isContainer = value("Virtualization").map { Self.containers.contains(String($0)) } ?? false
        let before =
            isContainer ? -microseconds("UserspaceTimestampMonotonic") : microseconds("FirmwareTimestampMonotonic")
        return max(0, finish + before) / 1_000_000
    }

    /// As systemd-detect-virt names those that a NixOS may be booted in.
    private static let containers: Set = ["systemd-nspawn", "lxc", "lxc-libvirt", "container-other"]

    /// Bytes of kernel and initrd together.
    public var bootImageBytes: Int64? {
        let sizes = lines("images").compactMap { Int64($0) }
        return sizes.isEmpty ? nil : sizes.reduce(0, +)
    }
}

/// Which block devices stand on which, as `lsblk -nro NAME,KNAME,TYPE,PKNAME` lists them.
struct BlockLayers {
    private var parents: [String: Set<String>] = [:]
    private var crypts: Set<String> = []
    /// `cryptroot` is `dm-0` to the kernel.
    private var kernelNames: [String: String] = [:]

    init(_ lines: [Substring]) {
        for line in lines {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count >= 3 else { continue }
            kernelNames[fields[0]] = fields[1]
            if fields[2] == "crypt" { crypts.insert(fields[1]) }
            if fields.count == 4 { parents[fields[1], default: []].insert(fields[3]) }
        }
    }

    /// The encrypted devices (`sda2`, not the opened mapping) that a mount's source stands on.
    func encrypted(below source: String) -> Set<String> {
        var found: Set<String> = []
        var seen: Set<String> = []
        let name = String(source.split(separator: "/").last ?? "")
        var open = [kernelNames[name] ?? name]
        while let name = open.popLast() {
            guard seen.insert(name).inserted else { continue }
            let below = parents[name] ?? []
            if crypts.contains(name) { found.formUnion(below) }
            open += below
        }
        return found
    }
}
