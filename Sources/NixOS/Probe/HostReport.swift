/// What the sections of a probe say, as values. Everything is optional or empty where the host did not say it.
public struct HostReport: Sendable {
    public struct Disk: Sendable, Hashable {
        public var path: String
        public var totalBytes: Int64
        public var freeBytes: Int64
    }

    public struct File: Sendable, Hashable {
        public var path: String
        public var owner: String
        public var group: String
        /// Octal digits without a leading zero, as `stat` prints them.
        public var mode: String
        /// PEM of a certificate; the public key of a private one, empty when the host could not tell.
        public var content: String
        /// Of a key: machine, path, inode, time of change and size. Two files that have it in common are the same one,
        /// unchanged.
        public var identity: String?
    }

    public let sections: HostProbe.Sections
    private let publicKeys: [String: String]

    /// `publicKeys`: what earlier reports said of keys, by ``File/identity``; the host leaves those out.
    public init(sections: HostProbe.Sections, publicKeys: [String: String] = [:]) {
        self.sections = sections
        self.publicKeys = publicKeys
    }

    /// Milliseconds since 1970 by the host's clock, when the probe began and when it ended.
    public var clockMilliseconds: Int64? { Int64(text("clock")) }
    public var clockEndMilliseconds: Int64? { Int64(text("clock-end")) }
    /// Seconds since 1970 at which the host's monotonic clock was 0.
    public var monotonicEpoch: Double? {
        guard let now = clockMilliseconds, let up = Double(text("uptime").prefix { $0 != " " }) else { return nil }
        return Double(now) / 1_000 - up
    }
    public var hostname: String { text("hostname") }
    public var machineID: String { text("machine-id") }
    public var bootID: String { text("boot-id") }
    public var kernel: String { text("kernel") }
    public var nixosVersion: String? { nonEmpty(text("nixos-version")) }

    /// Where the generation links lead, by link.
    public var links: [String: String] { pairs("links") }

    /// The number in `system-42-link`.
    public var profileNumber: Int? { Self.generationNumber(text("profile")) }

    /// All generations of the system profile: number to store path.
    public var generations: [Int: String] {
        var result: [Int: String] = [:]
        for (link, target) in links {
            guard let number = Self.generationNumber(String(link.split(separator: "/").last ?? "")) else { continue }
            result[number] = target
        }
        return result
    }

    public var units: [ShownUnit] {
        ShownUnit.parse(sections["units"] ?? "").filter { $0["LoadState"] != "not-found" }
    }

    /// Name and active state (`active`, `failed`, …) of every unit that systemd has in memory.
    private var listedUnits: [(name: String, state: Substring)] {
        lines("listed").compactMap { line in
            // A unit in a bad state may have a mark before its name.
            let fields = line.split(separator: " ").drop { !$0.contains(".") }.prefix(3)
            guard fields.count == 3, let name = fields.first, let state = fields.last else { return nil }
            return (String(name), state)
        }
    }

    public var failedUnits: [String] { listedUnits.filter { $0.state == "failed" }.map(\.name).sorted() }

    /// Every unit that is active, activating or reloading.
    public var activeUnits: [String] {
        listedUnits.filter { Self.activeStates.contains($0.state) }.map(\.name).sorted()
    }

    private static let activeStates: Set<Substring> = ["active", "activating", "reloading"]

    /// The active generation's closure; `nil` where it was known and not asked for.
    public var closure: Closure? {
        links["/run/current-system"].flatMap { Closure($0, sections: sections) }
    }

    /// First line that each program printed for `--version`, by program.
    public var versionLines: [String: String] { pairs("versions") }

    /// The address each kubeconfig leads to, by file.
    public var servers: [String: String] { pairs("servers") }

    /// A certificate or key that a kubeconfig or a component's configuration file names.
    public struct Reference: Sendable, Hashable {
        public var file: String
        /// `client-certificate`, `tlsCertFile`, …
        public var name: String
        public var path: String
    }

    public var references: [Reference] {
        lines("references").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count == 3 else { return nil }
            return Reference(file: String(fields[0]), name: String(fields[1]), path: String(fields[2]))
        }
    }

    /// Bytes.
    public var memoryTotal: Int64? { memory("MemTotal:") }
    public var memoryAvailable: Int64? { memory("MemAvailable:") }

    public var disks: [Disk] {
        lines("disks").compactMap { line in
            let fields = line.split(separator: " ")
            let numbers = fields.dropFirst().compactMap { Int64($0) }
            guard fields.count == 4, numbers.count == 3 else { return nil }
            return Disk(
                path: String(fields[0]), totalBytes: numbers[0] * numbers[1], freeBytes: numbers[0] * numbers[2])
        }
    }

    /// Interface name and address with prefix length, loopback left out.
    public var interfaces: [(name: String, address: String)] {
        lines("interfaces").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count >= 4, fields[2] == "inet" || fields[2] == "inet6", fields[1] != "lo" else { return nil }
            return (String(fields[1].prefix { $0 != "@" }), String(fields[3]))
        }
    }

    /// Who is changing the host: units, programs, and `switch-to-configuration` when its lock is held.
    public var rebuilders: [String] {
        var names = Set(lines("rebuilders").compactMap { $0.split(separator: " ").last.map(String.init) })
        names.formUnion(activeUnits.filter(Self.isRebuild))
        if isSwitchLockHeld { names.insert("switch-to-configuration") }
        return names.sorted()
    }

    /// Units that change the host while they run.
    private static func isRebuild(_ unit: String) -> Bool {
        unit == "nixos-upgrade.service" || unit.hasPrefix("nixos-rebuild-switch-to-configuration")
            || unit.hasPrefix("kupgrade-act-")
    }

    public var certificates: [File] {
        let contents = self.contents("certificates")
        return lines("owners").compactMap { File(owner: $0, content: contents) }.sorted { $0.path < $1.path }
    }

    public var keys: [File] {
        sections.compactMap { name, text in
            guard name.hasPrefix("key ") else { return nil }
            let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let fields = parts[0].split(separator: " ").map(String.init)
            guard fields.count == 4 else { return nil }
            return File(
                path: String(name.dropFirst("key ".count)), owner: fields[0], group: fields[1], mode: fields[2],
                content: parts.count == 2 ? String(parts[1]) : publicKeys[fields[3]] ?? "", identity: fields[3])
        }.sorted { $0.path < $1.path }
    }

    /// Certificate and key files that units name and that are absent or empty.
    public var missingFiles: [String] { lines("missing").map(String.init).sorted() }

    /// `/proc/locks` names a lock's file as `major:minor:inode`, `stat` gives the device as one hex number, in which the
    /// upper bits of the minor number stand above the major one (`gnu_dev_makedev`).
    private var isSwitchLockHeld: Bool {
        let parts = text("lock").split(separator: ":")
        guard parts.count == 2, let device = UInt64(parts[0], radix: 16) else { return false }
        func hex(_ value: UInt64) -> String { value < 16 ? "0" + String(value, radix: 16) : String(value, radix: 16) }
        let major = (device >> 8) & 0xFFF
        let minor = device & 0xFF | (device >> 12) & 0xFFFFF00
        let file = "\(hex(major)):\(hex(minor)):\(parts[1])"
        return lines("locks").contains { $0.split(separator: " ").contains(Substring(file)) }
    }

    func text(_ section: String) -> String {
        String((sections[section] ?? "").byteLines().first ?? "")
    }

    private func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }

    func lines(_ section: String) -> [Substring] { (sections[section] ?? "").byteLines() }

    private func pairs(_ section: String) -> [String: String] {
        var result: [String: String] = [:]
        for line in lines(section) {
            guard let space = line.firstIndex(of: " ") else { continue }
            result[String(line[..<space])] = String(line[line.index(after: space)...])
        }
        return result
    }

    private func memory(_ name: String) -> Int64? {
        lines("memory").first { $0.hasPrefix(name) }.flatMap { line in
            line.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 * 1_024 }
        }
    }

    /// The files that `head -v` printed one after the other, by path.
    private func contents(_ section: String) -> [String: String] {
        var contents: [String: [Substring]] = [:]
        var path = ""
        for line in (sections[section] ?? "").byteLines(keepingEmpty: true) {
            if line.hasPrefix("==> /"), line.hasSuffix(" <==") {
                path = String(line.dropFirst(4).dropLast(4))
            } else {
                contents[path, default: []].append(line)
            }
        }
        return contents.mapValues { $0.joined(separator: "\n") }
    }

    static func generationNumber(_ link: String) -> Int? {
        guard link.hasPrefix("system-"), link.hasSuffix("-link") else { return nil }
        return Int(link.dropFirst("system-".count).dropLast("-link".count))
    }
}

extension HostReport.File {
    /// `root root 644 PATH`, as `stat` printed it; `nil` for another line.
    fileprivate init?(owner line: Substring, content: [String: String]) {
        let fields = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard fields.count == 4 else { return nil }
        self.init(
            path: fields[3], owner: fields[0], group: fields[1], mode: fields[2], content: content[fields[3]] ?? "")
    }
}
