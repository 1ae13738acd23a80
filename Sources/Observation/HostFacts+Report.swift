import NixOS
import UpgradePlanning

/// When a probe was sent and when its answer was whole, by this host's clock, in milliseconds since 1970.
struct ProbeTimes: Sendable {
    var sent: Int64
    var answered: Int64
}

extension HostFacts {
    /// What a host's report says, as facts. `versions`: the version line of every executable that is known by now.
    init(report: HostReport, versions: [String: String], times: ProbeTimes, operatorHost: OperatorHost) {
        let units = report.units.map { UnitFacts($0, report: report) }.sorted { $0.name < $1.name }
        self.init(
            hostname: report.hostname, machineID: report.machineID, bootID: report.bootID, kernel: report.kernel,
            nixosVersion: report.nixosVersion, generations: GenerationFacts(report), units: units,
            failedUnits: report.failedUnits, components: Self.components(units, versions: versions),
            pki: PKIReader(report: report, units: units).files(), disks: Self.disks(report),
            memoryTotal: report.memoryTotal ?? 0, memoryAvailable: report.memoryAvailable ?? 0,
            clockOffsetMilliseconds: Self.clockOffset(report, times), rebuilders: report.rebuilders,
            interfaces: report.interfaces.map { InterfaceFacts(name: $0.name, address: $0.address) },
            isOperatorHost: operatorHost.is(machineID: report.machineID, bootID: report.bootID))
        activeUnits = report.activeUnits
        openRun = report.openRun
        heldUnits = report.heldUnits.isEmpty ? nil : report.heldUnits
        platform = PlatformFacts(report)
        missingFiles = PKIReader(report: report, units: units).missingFiles()
        booted = BootFacts(
            links: Dictionary(
                uniqueKeysWithValues: ["kernel", "kernel-modules", "initrd", "systemd"].compactMap { name in
                    report.links["/run/booted-system/" + name].map { (name, $0) }
                }))
    }

    private static func components(_ units: [UnitFacts], versions: [String: String]) -> [ComponentFacts] {
        Component.allCases.sorted().compactMap { component in
            guard let line = units.first(where: { $0.name == component.unit })?.commandLine else { return nil }
            let version = versions[line.executable].flatMap(VersionLine.version)
            return ComponentFacts(component: component, version: version, executable: line.executable)
        }
    }

    /// The file systems that matter, each once: `/boot` may be a folder of `/`, and an ESP may be elsewhere.
    private static func disks(_ report: HostReport) -> [DiskFacts] {
        func isOwn(_ disk: HostReport.Disk, below folder: String = "/") -> Bool {
            disk.totalBytes != report.disks.first { $0.path == folder }?.totalBytes
        }
        return report.disks.filter { disk in
            ["/boot", "/nix", "/var/lib"].contains(disk.path)
                || (["/efi", "/boot/efi"].contains(disk.path) && isOwn(disk))
                || (disk.path == "/var/lib/etcd" && isOwn(disk, below: "/var/lib"))
        }
        .map { DiskFacts(path: $0.path, totalBytes: $0.totalBytes, freeBytes: $0.freeBytes) }
    }

    /// As NTP computes it (RFC 5905, 8): the mean of the offsets seen on the way there and on the way back.
    private static func clockOffset(_ report: HostReport, _ times: ProbeTimes) -> Int64 {
        guard let began = report.clockMilliseconds, let ended = report.clockEndMilliseconds else { return 0 }
        return ((began - times.sent) + (ended - times.answered)) / 2
    }
}

extension GenerationFacts {
    init(_ report: HostReport) {
        let links = report.links
        func path(_ link: String) -> StorePath? { links[link].flatMap { StorePath(containing: $0) } }
        self.init(
            profileNumber: report.profileNumber, profile: path("/nix/var/nix/profiles/system"),
            current: path("/run/current-system"), booted: path("/run/booted-system"),
            currentKernel: links["/run/current-system/kernel"], bootedKernel: links["/run/booted-system/kernel"],
            all: report.generations.compactMapValues { StorePath(containing: $0) })
    }
}

extension UnitFacts {
    init(_ shown: ShownUnit, report: HostReport) {
        let isKubernetes = HostUnits.kubernetes.contains(shown["Id"])
        let line = shown.execStart.map { start in
            // Of a service that is not Kubernetes nothing but the program is anybody's business.
            CommandLineFacts(
                executable: start.program, arguments: isKubernetes ? start.arguments : [],
                environment: isKubernetes ? shown.environment : [:])
        }
        let kubeconfig = line?.value(of: "--kubeconfig") ?? line?.value(of: "--authentication-kubeconfig")
        self.init(
            name: shown["Id"], loadState: shown["LoadState"], activeState: shown["ActiveState"],
            subState: shown["SubState"], activeSince: Self.since(shown, report: report),
            restarts: Int(shown["NRestarts"]) ?? 0, user: shown["User"].isEmpty ? "root" : shown["User"],
            commandLine: line, server: kubeconfig.flatMap { report.servers[$0] }.map(Self.withoutCredentials))
    }

    /// A URL may carry a name and a password before the host: those are nobody's facts.
    private static func withoutCredentials(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://"), let at = url.lastIndex(of: "@"), at > scheme.upperBound else {
            return url
        }
        return String(url[..<scheme.upperBound] + url[url.index(after: at)...])
    }

    /// systemd gives microseconds of the monotonic clock in every version; wall-clock texts depend on version and zone.
    private static func since(_ shown: ShownUnit, report: HostReport) -> Instant? {
        guard let epoch = report.monotonicEpoch, let micros = Double(shown["ActiveEnterTimestampMonotonic"]), micros > 0
        else { return nil }
        return Instant(secondsSince1970: Int64((epoch + micros / 1_000_000).rounded()))
    }
}

/// The first line of `--version`, as each component prints it.
enum VersionLine {
    /// `Kubernetes v1.20.2`, `etcd Version: 3.4.23`, `containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1`.
    static func version(_ line: String) -> Version? {
        for word in line.split(separator: " ") {
            let plain = word.prefix { $0 != "~" && $0 != "," }
            if plain.contains("."), let version = Version(plain) { return version }
        }
        return nil
    }
}

/// Who is asking: the ids of this very host.
public struct OperatorHost: Sendable, Hashable {
    public var machineID: String
    public var bootID: String

    public init(machineID: String, bootID: String) {
        self.machineID = machineID
        self.bootID = bootID
    }

    /// Both must fit: cloned hosts share a machine id, and only one running system has this boot id.
    func `is`(machineID: String, bootID: String) -> Bool {
        !self.bootID.isEmpty && self.machineID == machineID && self.bootID == bootID
    }
}
