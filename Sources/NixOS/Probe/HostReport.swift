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
    }

    public let sections: HostProbe.Sections

    public init(sections: HostProbe.Sections) {
        self.sections = sections
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

    public var failedUnits: [String] {
        lines("failed").compactMap { $0.split(separator: " ").first.map(String.init) }.sorted()
    }

    /// Every unit that is active, activating or reloading.
    public var activeUnits: [String] { lines("active").map(String.init).filter { !$0.isEmpty }.sorted() }

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
        if isSwitchLockHeld { names.insert("switch-to-configuration") }
        return names.sorted()
    }

    public var certificates: [File] { files("certificate ") }
    public var keys: [File] { files("key ") }

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
        String((sections[section] ?? "").split(separator: "\n").first ?? "")
    }

    private func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }

    func lines(_ section: String) -> [Substring] { (sections[section] ?? "").split(separator: "\n") }

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

    private func files(_ prefix: String) -> [File] {
        sections.compactMap { name, text in
            guard name.hasPrefix(prefix) else { return nil }
            let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let fields = parts[0].split(separator: " ")
            guard fields.count == 3 else { return nil }
            return File(
                path: String(name.dropFirst(prefix.count)), owner: String(fields[0]), group: String(fields[1]),
                mode: String(fields[2]), content: parts.count == 2 ? String(parts[1]) : "")
        }.sorted { $0.path < $1.path }
    }

    static func generationNumber(_ link: String) -> Int? {
        guard link.hasPrefix("system-"), link.hasSuffix("-link") else { return nil }
        return Int(link.dropFirst("system-".count).dropLast("-link".count))
    }
}
