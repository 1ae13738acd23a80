import NixOS
public import UpgradePlanning

extension ClosureFacts {
    /// What an adapter read, without units' texts and without the arguments of anybody's unit but Kubernetes'.
    init(_ closure: Closure, certainty: Certainty) {
        self.init(
            certainty: certainty, boot: BootFacts(links: closure.links), initInterface: closure.initInterface,
            inhibitors: closure.inhibitors,
            units: Dictionary(uniqueKeysWithValues: closure.units.map { ($0, UnitFileFacts($1, name: $0)) }),
            packages: closure.packages)
    }
}

extension BootFacts {
    /// `links`: `kernel`, `kernel-modules`, `initrd` and `systemd` to where they lead.
    init(links: [String: String]) {
        func path(_ name: String) -> StorePath? { links[name].flatMap { StorePath(containing: $0) } }
        self.init(
            kernel: path("kernel"), modules: path("kernel-modules"), initrd: path("initrd"), systemd: path("systemd"))
    }
}

extension UnitFileFacts {
    fileprivate init(_ unit: Closure.Unit, name: String) {
        let isKubernetes = HostUnits.kubernetes.contains(name)
        let line = unit.program.flatMap { program in
            isKubernetes
                ? CommandLineFacts(executable: program, arguments: unit.arguments, environment: unit.environment) : nil
        }
        self.init(
            digest: unit.digest, ownDigest: unit.ownDigest == unit.digest ? nil : unit.ownDigest,
            reloadDigest: unit.reloadDigest, onChange: OnChange(unit.onChange), isWanted: unit.isWanted,
            commandLine: line, refusals: unit.answer?.refusals, unjudgedGates: unit.answer?.unjudgedGates)
    }
}

extension UnitFileFacts.OnChange {
    fileprivate init(_ other: Closure.Unit.OnChange) {
        self =
            switch other {
            case .restart: .restart
            case .reload: .reload
            case .keep: .keep
            }
    }
}

/// What is known from earlier observations and can never change, since it is named by store paths, or by all that tells
/// one state of a file from another.
public struct KnownPaths: Sendable {
    /// Version lines by executable.
    public var versions: [String: String]
    /// Public halves of key files by their identity.
    public var publicKeys: [String: String]
    /// Toplevels whose closures ``closure`` has.
    public var toplevels: [String]
    /// `nil` where it cannot be read after all.
    public var closure: @Sendable (String) -> ClosureFacts?

    public init(
        versions: [String: String], publicKeys: [String: String], toplevels: [String],
        closure: @escaping @Sendable (String) -> ClosureFacts?
    ) {
        self.versions = versions
        self.publicKeys = publicKeys
        self.toplevels = toplevels
        self.closure = closure
    }

    /// Executables, key files and toplevels, for a probe.
    var all: [String] { (Array(versions.keys) + Array(publicKeys.keys) + toplevels).sorted() }

    /// What is known of public halves once these hosts have told theirs: of a key file only its last state, of other hosts
    /// what was known. An identity begins with its host's machine id.
    func publicKeys(after told: [[String: String]]) -> [String: String] {
        func machine(_ identity: String) -> Substring { identity.prefix { $0 != ":" } }
        let machines = Set(told.flatMap(\.keys).map(machine))
        let others = publicKeys.filter { !machines.contains(machine($0.key)) }
        return told.reduce(into: others) { $0.merge($1) { $1 } }
    }

    /// The closure of an active generation: read now, or known.
    func closure(of report: HostReport) -> Observed<ClosureFacts> {
        if let read = report.closure, !read.units.isEmpty { return .seen(ClosureFacts(read, certainty: .built)) }
        guard let path = report.links["/run/current-system"] else {
            return .absent(Absence(.missing, "there is no /run/current-system"))
        }
        if let known = closure(path) { return .seen(known) }
        return .absent(Absence(.missing, "\(path) could not be read"))
    }
}
