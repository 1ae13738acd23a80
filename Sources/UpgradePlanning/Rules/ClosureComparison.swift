import Plans

/// What activating one closure over another does to a host's units and packages.
struct ClosureComparison: Hashable, Sendable {
    /// Stopped and started again, because their file changed.
    let restarts: [String]
    let reloads: [String]
    /// Gone from the new closure.
    let stops: [String]
    /// New and wanted.
    let starts: [String]
    /// Changed, and left as they run.
    let keeps: [String]
    let packages: [Goal.Change]

    /// `active`: the units that run now; `nil` where nobody knows, and all of them are assumed to.
    init(from old: ClosureFacts, to new: ClosureFacts, active: Set<String>?) {
        var restarts: [String] = []
        var reloads: [String] = []
        var stops: [String] = []
        var keeps: [String] = []
        for unit in active?.sorted() ?? old.units.keys.sorted() {
            let file = Self.file(of: unit, in: old)
            guard let before = old.units[file], Self.isCompared(unit) else { continue }
            guard let after = new.units[file] else {
                // An evaluation does not see the units that packages bring.
                if new.certainty == .built { stops.append(unit) }
                continue
            }
            if Self.isSame(before, after, by: new.certainty) {
                if before.reloadDigest != after.reloadDigest { reloads.append(unit) }
                continue
            }
            switch after.onChange {
            case .restart: restarts.append(unit)
            case .reload: reloads.append(unit)
            case .keep: keeps.append(unit)
            }
        }
        self.restarts = restarts
        self.reloads = reloads
        self.stops = stops
        self.keeps = keeps
        starts = new.units.filter { $0.value.isWanted && old.units[$0.key] == nil }.keys.sorted()
        packages =
            new.certainty == .built
            ? Self.packages(from: old.packages, to: new.packages) : Self.moves(from: old.packages, to: new.packages)
    }

    /// Every unit that does not simply go on running.
    var touched: [String] { (restarts + reloads + stops + starts).sorted() }

    private static func isSame(
        _ old: UnitFileFacts, _ new: UnitFileFacts, by certainty: ClosureFacts.Certainty
    ) -> Bool {
        switch certainty {
        case .built: old.digest == new.digest
        case .evaluated: (old.ownDigest ?? old.digest) == new.digest
        }
    }

    /// A running instance has the file of its template.
    private static func file(of unit: String, in closure: ClosureFacts) -> String {
        if closure.units[unit] != nil { return unit }
        guard let at = unit.firstIndex(of: "@"), let dot = unit.lastIndex(of: "."), at < dot else { return unit }
        return String(unit[...at] + unit[dot...])
    }

    /// Targets are only started again, whatever changed in them.
    private static func isCompared(_ unit: String) -> Bool { !unit.hasSuffix(".target") }

    /// Where only those packages are known that units name: what is there already has not moved, and nothing is gone.
    private static func moves(from old: [String: [String]], to new: [String: [String]]) -> [Goal.Change] {
        new.sorted { $0.key < $1.key }.compactMap { name, after in
            guard let before = old[name], Set(before).isDisjoint(with: after) else { return nil }
            return Goal.Change(name: name, from: before, to: after)
        }
    }

    /// What came, went or moved; nothing where either side's packages are not known.
    private static func packages(from old: [String: [String]], to new: [String: [String]]) -> [Goal.Change] {
        guard !old.isEmpty, !new.isEmpty else { return [] }
        return Set(old.keys).union(new.keys).sorted().compactMap { name in
            let (before, after) = (old[name] ?? [], new[name] ?? [])
            return before == after ? nil : Goal.Change(name: name, from: before, to: after)
        }
    }
}
