import Plans
import Terminal

/// What a plan does to each node, 80 columns wide. Nodes to which the same happens are shown once.
struct NodeChangeText {
    private let groups: [(nodes: [String], change: NodeChange)]
    private let drains: [DrainForecast]
    private let style: Style
    private static let shown = 12

    init(_ changes: [NodeChange], style: Style) {
        self.style = style
        groups = Dictionary(grouping: changes) { change in
            var same = change
            same.node = ""
            same.drain = nil
            return same
        }.map { ($0.value.map(\.node).sorted(), $0.key) }.sorted { $0.0.joined() < $1.0.joined() }
        drains = changes.compactMap(\.drain)
    }

    func lines() -> [String] {
        groups.flatMap { lines(of: $0.change, nodes: $0.nodes) }
            + unnamed() + drains.flatMap { DrainText(forecast: $0, style: style).lines() } + later()
    }

    /// What is evaluated says which units change, and of packages that move those that units name.
    private func unnamed() -> [String] {
        guard groups.contains(where: { $0.change.certainty == .evaluated && $0.change.impact != .none }) else {
            return []
        }
        return [style("packages that no unit names are named with --build", .quiet)]
    }

    /// Where a pod will run is not forecast.
    private func later() -> [String] {
        let movers = drains.filter { $0.evictions.contains { $0.owner != nil && $0.hasEnded != true } }
        guard drains.count > 1, !movers.isEmpty else { return [] }
        return TextWidth.wrap(
            "each drain also moves again what the ones before it brought to its node", width: 80, indent: ""
        ).map { style($0, .quiet) }
    }

    private func lines(of change: NodeChange, nodes: [String]) -> [String] {
        let reasons = change.reasons.isEmpty ? "" : ": " + change.reasons.joined(separator: ", ")
        let title = "\(nodes.joined(separator: ", ")): \(Self.words(change))\(reasons)\(Self.note(change))"
        var lines = TextWidth.wrap(title, width: 80).map { style($0, .emphasis) }
        lines += list("restarts", change.restarts)
        lines += list("reloads", change.reloads)
        lines += list("stops", change.stops)
        lines += list("starts", change.starts)
        lines += list("leaves as they run", change.keeps)
        let packages = change.packages.map { move in
            let from = move.from.isEmpty ? "new" : move.from.joined(separator: ", ")
            let to = move.to.isEmpty ? "gone" : move.to.joined(separator: ", ")
            return "\(move.name): \(from) -> \(to)"
        }
        for package in packages.prefix(Self.shown) { lines += TextWidth.wrap(package, width: 80, indent: "    ") }
        if packages.count > Self.shown {
            lines.append("    and \(packages.count - Self.shown) more packages (-o json has them all)")
        }
        return lines
    }

    private func list(_ verb: String, _ units: [String]) -> [String] {
        guard !units.isEmpty else { return [] }
        let names = units.map { $0.hasSuffix(".service") ? String($0.dropLast(".service".count)) : $0 }
        let more = names.count > Self.shown ? " and \(names.count - Self.shown) more" : ""
        let text = "\(verb) \(names.prefix(Self.shown).joined(separator: ", "))\(more)"
        return TextWidth.wrap(text, width: 78, indent: "  ").map { "  " + $0 }
    }

    /// A node that several hops change is told what each does.
    private static func words(_ change: NodeChange) -> String {
        guard let impacts = change.impacts, let first = impacts.first else { return words(change.impact) }
        guard Set(impacts).count == 1 else { return impacts.map(words).joined(separator: ", then ") }
        return words(first) + (impacts.count == 2 ? ", twice" : ", \(impacts.count) times")
    }

    static func words(_ impact: Impact) -> String {
        switch impact {
        case .none: "nothing changes"
        case .untouched: "Kubernetes is not touched"
        case .restarts: "units restart, pods stay"
        case .drain: "drained first"
        case .reboot: "drained and rebooted"
        }
    }

    private static func note(_ change: NodeChange) -> String {
        switch change.certainty {
        case .built: ""
        case .evaluated: " (as evaluated)"
        case .versions: " (judged by versions only)"
        }
    }
}
