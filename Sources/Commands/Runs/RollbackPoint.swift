import Plans
import RunEngine
import UpgradePlanning

/// Where an upgrade can be taken back to: what its nodes ran before, and the archive that was made then. Pure.
struct RollbackPoint {
    var run: String
    /// Systems of before, by node.
    var systems: [String: String]
    /// What going back means, by the steps that were done.
    var wayBack: WayBack
    /// The first archive of the run; `nil` where none was made.
    var archive: String?
    /// What wrote that archive's data.
    var kubernetes: String
    /// etcd moved a minor.
    var movesEtcd: Bool
    /// Nodes that were booted into their new system.
    var booted: Set<String> = []

    /// `nil` where it is no upgrade, or activated nothing.
    init?(_ run: LoadedRun, named name: String) {
        guard run.plan.kind == .upgrade else { return nil }
        let state = run.state
        // What was taken back already is no point to go back from.
        let steps = Dictionary(
            zip(state.steps, state.states).filter { Self.stands($0.1) }.map { ($0.0.id, $0.0) },
            uniquingKeysWith: { first, _ in first })
        var systems: [String: String] = [:]
        var wayBack = WayBack.free
        var archives: [String: String] = [:]
        var booted: Set<String> = []
        for event in run.journal.events {
            // An archive is there, whatever became of the run.
            if case .done(let id, _, let detail?) = event {
                archives[id] = detail.split(separator: ",").first.map(String.init)
            }
            guard let step = event.step.flatMap({ steps[$0] }) else { continue }
            switch (event, step.action) {
            case (.intent(_, let prior?), .activate), (.intent(_, let prior?), .reboot):
                guard let node = step.node, let active = prior.split(separator: " ").first else { continue }
                // Of several hops the first one's.
                if systems[node] == nil { systems[node] = String(active) }
                wayBack = wayBack.harder(step.wayBack)
                if case .reboot = step.action { booted.insert(node) }
            default: continue
            }
        }
        guard !systems.isEmpty else { return nil }
        self.run = name
        self.systems = systems
        self.wayBack = wayBack
        archive =
            run.plan.steps.lazy.filter { if case .backUp = $0.action { true } else { false } }
            .compactMap { archives[$0.id] }.first
        self.booted = booted
        kubernetes = run.plan.goal.changes.first { $0.name == "kubernetes" }?.from.first ?? ""
        movesEtcd = run.plan.goal.changes.contains { change in
            let minors = (change.from + change.to).compactMap { Version($0)?.minorRelease }
            return change.name == "etcd" && Set(minors).count > 1
        }
    }

    /// What `rollback` will say of a run that is given up.
    static func words(_ run: LoadedRun, named name: String) -> [String] {
        guard let point = RollbackPoint(run, named: name) else { return [] }
        switch point.wayBack {
        case .free: return ["kupgrade rollback \(name) goes back then, and loses nothing."]
        case .needsRestore where !point.movesEtcd && point.archive != nil:
            return [
                "kupgrade rollback \(name) goes back then: etcd as it was in \(point.archive ?? ""), and what was written "
                    + "since is lost."
            ]
        case .needsRestore, .etcdStep, .oneWay:
            return [
                "There is no rollback of it: what is left is kupgrade restore \(point.archive ?? "ARCHIVE"), with the old "
                    + "systems booted, or kupgrade plan from what runs then."
            ]
        }
    }

    private static func stands(_ state: RunState.StepState) -> Bool {
        switch state {
        case .pending, .undone: false
        case .begun, .failed, .done, .takingBack: true
        }
    }
}
