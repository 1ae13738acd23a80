/// Flags, feature gates and admission plugins that some minor no longer knows: a component that is given one exits.
///
/// The program itself knows better than any table, and is asked where the closure is built.
public enum RemovedOptions {
    public struct Option: Hashable, Sendable {
        /// `--flag`, `feature gate NAME`, `admission plugin NAME`.
        public let name: String
        /// The first minor that does not know it.
        public let removedIn: MinorRelease
    }

    /// What of a unit's options `target` does not know, whenever it was removed.
    public static func removed(
        from component: Component, passing line: CommandLineFacts, gates: [String] = [], in target: MinorRelease
    ) -> [Option] {
        // Dashes and underscores are one to a program from 1.23 on.
        let passed = Set(line.flags.keys.map { $0.replacing("_", with: "-") })
        let flags = rows(RemovedOptionTables.flags, component, target) { passed.contains($0) ? $0 : nil }
        let gates = removed(gates: names(line.value(of: "--feature-gates")) + gates, in: target)
        // One that is unknown stops the apiserver where it is disabled, too.
        let plugins = Set(
            names(line.value(of: "--enable-admission-plugins")) + names(line.value(of: "--disable-admission-plugins")))
        let removedPlugins = rows(RemovedOptionTables.plugins, component, target) {
            plugins.contains($0) ? "admission plugin \($0)" : nil
        }
        return (flags + gates + removedPlugins).sorted { $0.name < $1.name }
    }

    /// The gates that `target` does not know. From 1.31 on they may be passed as `kube:NAME`.
    public static func removed(gates: [String], in target: MinorRelease) -> [Option] {
        let passed = Set(gates.map { $0.split(separator: ":").last.map(String.init) ?? $0 })
        return RemovedOptionTables.gates.filter { $0.minor <= target.minor }.flatMap { row in
            row.list.filter(passed.contains).map { option("feature gate \($0)", row.minor) }
        }
    }

    private static func names(_ value: String?) -> [String] {
        (value ?? "").split(separator: ",").compactMap { $0.split(separator: "=").first.map(String.init) }
    }

    private static func rows(
        _ table: [RemovedOptionTables.Row], _ component: Component, _ target: MinorRelease, _ find: (String) -> String?
    ) -> [Option] {
        table.filter { $0.concerns(component, in: target) }.flatMap { row in
            row.list.compactMap(find).map { option($0, row.minor) }
        }
    }

    private static func option(_ name: String, _ minor: Int) -> Option {
        Option(name: name, removedIn: MinorRelease(major: 1, minor: minor))
    }
}
