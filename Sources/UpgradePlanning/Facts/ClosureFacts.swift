/// A system closure, as far as activating it matters: what it boots, which units it has, which packages.
///
/// Holds no unit's text: of each unit the digest by which a change is seen.
public struct ClosureFacts: Codable, Hashable, Sendable {
    public enum Certainty: String, Codable, Sendable {
        /// Read from the built closure.
        case built
        /// From an evaluation: the units' texts are what would be written; of packages those are known that units name.
        case evaluated
    }

    public var certainty: Certainty
    /// What a running system only gets by booting.
    public var boot: BootFacts
    /// `init-interface-version`: where it differs, `switch-to-configuration` refuses to switch (exit 100).
    public var initInterface: String?
    /// `switch-inhibitors`: name to value; where a value differs, a switch is refused.
    public var inhibitors: [String: String]
    /// By file name; a template's name ends in `@.service`.
    public var units: [String: UnitFileFacts]
    /// Package name to its versions, as nvd reads them from store paths; empty where not known.
    public var packages: [String: [String]]

    public init(
        certainty: Certainty, boot: BootFacts, initInterface: String? = nil, inhibitors: [String: String] = [:],
        units: [String: UnitFileFacts], packages: [String: [String]] = [:]
    ) {
        self.certainty = certainty
        self.boot = boot
        self.initInterface = initInterface
        self.inhibitors = inhibitors
        self.units = units
        self.packages = packages
    }
}

extension ClosureFacts {
    /// Which of the two message buses it has: a switch cannot move a running system from one to the other (NixOS refuses
    /// it from 25.11 on).
    var usesDBusBroker: Bool { units["dbus-broker.service"] != nil }
}

/// The store paths that are in force from boot to boot; `nil` where a system has none, or nobody could say.
public struct BootFacts: Codable, Hashable, Sendable {
    public var kernel: StorePath?
    public var modules: StorePath?
    public var initrd: StorePath?
    public var systemd: StorePath?

    public init(
        kernel: StorePath? = nil, modules: StorePath? = nil, initrd: StorePath? = nil, systemd: StorePath? = nil
    ) {
        self.kernel = kernel
        self.modules = modules
        self.initrd = initrd
        self.systemd = systemd
    }

    /// What both know and disagree on, in words: `kernel`, `initrd`, …
    public func differences(from other: BootFacts) -> [String] {
        let parts: [(String, KeyPath<BootFacts, StorePath?>)] = [
            ("kernel", \.kernel), ("kernel modules", \.modules), ("initrd", \.initrd), ("systemd", \.systemd),
        ]
        return parts.compactMap { name, part in
            guard let new = self[keyPath: part], let old = other[keyPath: part], new != old else { return nil }
            return name
        }
    }
}

/// A unit file of a closure, with its drop-ins.
public struct UnitFileFacts: Codable, Hashable, Sendable {
    /// What a switch does to the running unit when its file has changed (`switch-to-configuration` of NixOS 25.11).
    public enum OnChange: String, Codable, Sendable {
        /// Stopped and started again.
        case restart
        case reload
        /// Left as it runs: `X-RestartIfChanged=false`, `X-OnlyManualStart`, `RefuseManualStop`, slices, paths, sockets.
        case keep
    }

    /// SHA-256 of what decides whether it is restarted, 16 hexadecimal digits.
    public var digest: String
    /// The same of what the configuration itself writes, where that is a drop-in of a packaged unit: an evaluation knows
    /// no more of it. `nil` where it is the whole file.
    public var ownDigest: String?
    /// The same of what only asks for a reload (`X-Reload-Triggers`).
    public var reloadDigest: String
    public var onChange: OnChange
    /// Some target or unit of the closure wants it: a new one is started.
    public var isWanted: Bool
    /// Program, flags and harmless environment; of Kubernetes' units only.
    public var commandLine: CommandLineFacts?
    /// What it passes and its own program does not know, as `--flag`, `feature gate NAME`, `admission plugin NAME`; `nil`
    /// where the program was not asked.
    public var refusals: [String]?
    /// Of its feature gates, those that the program says nothing about before it runs; `nil` where it was not asked.
    public var unjudgedGates: [String]?

    public init(
        digest: String, ownDigest: String? = nil, reloadDigest: String = "", onChange: OnChange = .restart,
        isWanted: Bool = false,
        commandLine: CommandLineFacts? = nil, refusals: [String]? = nil, unjudgedGates: [String]? = nil
    ) {
        self.digest = digest
        self.ownDigest = ownDigest
        self.reloadDigest = reloadDigest
        self.onChange = onChange
        self.isWanted = isWanted
        self.commandLine = commandLine
        self.refusals = refusals
        self.unjudgedGates = unjudgedGates
    }
}
