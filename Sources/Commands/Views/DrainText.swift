import Plans
import Terminal
import UpgradePlanning

/// What draining a node will do, 80 columns wide.
struct DrainText {
    let forecast: DrainForecast
    let style: Style
    private static let shown = 8

    func lines() -> [String] {
        let waves = forecast.waves == 1 ? "1 wave" : "\(forecast.waves) waves"
        let count = forecast.evictions.count
        let grace = forecast.evictions.map(\.graceSeconds).max() ?? 0
        let head =
            count == 0
            ? "drain of \(forecast.node): no pod leaves"
            : "drain of \(forecast.node): \(count) \(count == 1 ? "pod leaves" : "pods leave") in \(waves), each "
                + "within \(Amount.duration(Int64(grace)))"
        return [style(head, .emphasis)]
            + list("cannot leave", forecast.blocks.map { "\($0.pod): \($0.reason)" }, .bad)
            + list(
                "Pending until it is back", forecast.pending.map { "\($0.pod): \($0.pendingBecause ?? "")" }, .caution)
            + list("not brought back", forecast.unmanaged.map(\.pod), .caution)
            + list("lost", forecast.localData.filter { $0.fate == .lost }.map { "\($0.pod): \($0.what)" }, .caution)
            + list(
                "stays on the host", forecast.localData.filter { $0.fate == .stays }.map { "\($0.pod): \($0.what)" },
                .quiet)
            + list("goes down with it", forecast.hostServices, .quiet)
    }

    private func list(_ title: String, _ items: [String], _ role: Style.Role) -> [String] {
        guard !items.isEmpty else { return [] }
        let rest = items.count > Self.shown ? ["and \(items.count - Self.shown) more (-o json has them all)"] : []
        let texts = items.prefix(Self.shown) + rest
        return ["    " + style(title, role)] + texts.flatMap { TextWidth.wrap($0, width: 80, indent: "      ") }
    }
}
