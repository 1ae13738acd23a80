/// What is read of a system closure, whether it is built or only evaluated.
public struct Closure: Sendable, Hashable {
    public struct Unit: Sendable, Hashable {
        public enum OnChange: String, Sendable { case restart, reload, keep }

        /// Of the file with its drop-ins.
        public var digest: String
        /// Of what the configuration itself writes: the drop-in where there is one, else the file.
        public var ownDigest: String
        public var reloadDigest: String
        public var onChange: OnChange
        public var isWanted: Bool
        public var program: String?
        public var arguments: [String]
        public var environment: [String: String]
        /// What its program says of what the unit passes; `nil` where nobody asked it.
        public var answer: ProgramProof.Answer?
    }

    public var toplevel: String
    /// Where `kernel`, `kernel-modules`, `initrd` and `systemd` lead, by name.
    public var links: [String: String] = [:]
    public var nixosVersion: String?
    public var initInterface: String?
    public var inhibitors: [String: String] = [:]
    /// By file name.
    public var units: [String: Unit] = [:]
    /// Package name to versions, oldest first by text; empty where not known.
    public var packages: [String: [String]] = [:]

    /// `1.20.2` of the first of these units whose program is in a store path of `package`.
    public func version(of package: String, in units: [String]) -> String? {
        units.lazy.compactMap { units -> String? in
            self.units[units]?.program.flatMap { PackageName.version(in: $0, of: package) }
        }.first
    }
}

extension Closure.Unit {
    init(name: String, base: String?, dropIns: [String], isWanted: Bool) {
        let text = UnitText([base].compactMap { $0 } + dropIns)
        let own = dropIns.isEmpty ? text : UnitText(dropIns)
        self.init(
            digest: text.digest, ownDigest: own.digest, reloadDigest: text.reloadDigest,
            onChange: Self.onChange(name, text), isWanted: isWanted, program: text.execStart?.program,
            arguments: text.execStart?.arguments ?? [], environment: text.environment)
    }

    private static func onChange(_ name: String, _ text: UnitText) -> OnChange {
        if [".slice", ".socket", ".target", ".path"].contains(where: name.hasSuffix) { return .keep }
        if name == "-.mount" || name == "nix.mount" { return .reload }
        if text.isTrue("Service", "X-ReloadIfChanged", or: false) { return .reload }
        let isKept =
            !text.isTrue("Service", "X-RestartIfChanged", or: true)
            || text.isTrue("Unit", "RefuseManualStop", or: false)
            || text.isTrue("Unit", "X-OnlyManualStart", or: false)
        return isKept ? .keep : .restart
    }
}

/// Names and versions in store paths, read as nvd reads them: the version starts at the first dash before a digit.
public enum PackageName {
    /// `("ollama", "0.3.1")` of `ollama-0.3.1`; `nil` for a path without a version.
    public static func split(_ name: some StringProtocol) -> (name: String, version: String)? {
        var start = name.startIndex
        while let dash = name[start...].firstIndex(of: "-") {
            let next = name.index(after: dash)
            guard next < name.endIndex else { return nil }
            if name[next].isNumber, dash > name.startIndex {
                return (String(name[..<dash]), withoutOutput(String(name[next...])))
            }
            start = next
        }
        return nil
    }

    /// `1.20.2` of `/nix/store/…-kubernetes-1.20.2/bin/kubelet`.
    static func version(in path: String, of package: String) -> String? {
        guard let item = path.split(separator: "/").dropFirst(2).first, item.count > 33 else { return nil }
        let name = item.dropFirst(33)
        guard name.hasPrefix(package + "-") else { return nil }
        let version = name.dropFirst(package.count + 1)
        return version.first?.isNumber == true ? String(version) : nil
    }

    /// `ollama-0.4.0` of each store path in a text.
    static func named(in text: String) -> [Substring] {
        text.split(separator: "/nix/store/").dropFirst().compactMap { rest in
            let item = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-._+?=".contains($0)) }
            return item.utf8.count > 33 ? item.dropFirst(33) : nil
        }
    }

    /// Names to versions; each once.
    static func versions(of names: some Sequence<Substring>) -> [String: [String]] {
        var found: [String: Set<String>] = [:]
        for name in names where !name.hasPrefix("nixos-system-") && !name.hasPrefix("unit-") {
            if let (package, version) = split(name) { found[package, default: []].insert(version) }
        }
        return found.mapValues { $0.sorted() }
    }

    private static func withoutOutput(_ version: String) -> String {
        guard let dash = version.lastIndex(of: "-") else { return version }
        return outputs.contains(String(version[version.index(after: dash)...])) ? String(version[..<dash]) : version
    }

    private static let outputs: Set<String> = [
        "bin", "dev", "lib", "man", "doc", "info", "out", "data", "dist", "modules", "terminfo", "debug", "static",
        "libs", "python", "devdoc", "getent", "shrunk", "nettools", "crates", "py", "firmware", "source", "vendor",
    ]
}
