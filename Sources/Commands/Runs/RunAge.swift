import Plans
import RunEngine
import UpgradePlanning

/// Whether a run can still be gone on with as it was confirmed: pure.
enum RunAge {
    /// What was lost and agreed to was that of the moment of the plan.
    static let limit: Int64 = 3_600

    /// Throws ``Problem`` where nothing was stopped yet and the plan is old: the cluster was used since.
    static func refuseStale(_ run: LoadedRun, now: Instant) throws(Problem) {
        guard !run.state.isTurnedBack, !hasHalted(run.state), run.plan.kind == .restore,
            let made = Instant(rfc3339: run.plan.madeAt)
        else {
            return
        }
        let age = now.secondsSince1970 - made.secondsSince1970
        guard age > limit else { return }
        throw Problem(
            "KUP-E123", "the plan is \(Amount.duration(age)) old, and nothing was stopped yet",
            because: ["what would be lost now is not what was agreed to"],
            state: ["only copies were brought to the hosts"],
            next: ["kupgrade undo --yes  # removes them", "kupgrade restore \(run.plan.restore?.archive ?? "")"],
            status: .stale)
    }

    /// Steps of an upgrade that made an archive too long ago, with nothing activated since: whoever goes on now makes it anew,
    /// or what was written meanwhile has no way back.
    static func staleBackUps(_ run: LoadedRun, now: Instant) -> [String] {
        let state = run.state
        var stale: [String] = []
        for (step, standing) in zip(state.steps, state.states) {
            switch (step.action, standing) {
            case (.backUp, .done):
                guard let made = doneAt(step.id, run), now.secondsSince1970 - made.secondsSince1970 > limit else {
                    continue
                }
                stale.append(step.id)
            case (_, .pending), (_, .undone): continue
            default:
                // What comes after it writes already: its archive is the one to go back to.
                if step.action.activation != nil { stale.removeAll() }
            }
        }
        return stale
    }

    private static func doneAt(_ id: String, _ run: LoadedRun) -> Instant? {
        let line = run.journal.lines.last { line in
            if case .done(id, _, _) = line.event { true } else { false }
        }
        return line.flatMap { Instant(rfc3339: $0.at) }
    }

    private static func hasHalted(_ state: RunState) -> Bool {
        isBegun(state) { if case .halt = $0 { true } else { false } }
    }

    /// etcd was started with what was restored.
    static func hasServed(_ state: RunState) -> Bool {
        isBegun(state) { if case .start(let units) = $0 { units.contains("etcd.service") } else { false } }
    }

    static func isBegun(_ state: RunState, _ isMeant: (RestoreAction) -> Bool) -> Bool {
        zip(state.steps, state.states).contains { step, state in
            guard case .restore(let action) = step.action, isMeant(action) else { return false }
            switch state {
            case .pending, .undone: return false
            case .begun, .failed, .done, .takingBack: return true
            }
        }
    }
}
