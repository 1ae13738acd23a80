import Plans
import RunEngine
import UpgradePlanning

/// Whether a run can still be gone on with as it was confirmed: pure.
enum RunAge {
    /// What was lost and agreed to was that of the moment of the plan.
    static let limit: Int64 = 3_600

    /// Throws ``Problem`` where nothing was stopped yet and the plan is old: the cluster was used since.
    static func refuseStale(_ run: LoadedRun, now: Instant) throws(Problem) {
        guard !hasHalted(run.state), run.plan.kind == .restore, let made = Instant(rfc3339: run.plan.madeAt) else {
            return
        }
        let age = now.secondsSince1970 - made.secondsSince1970
        guard age > limit else { return }
        throw Problem(
            "KUP-E123", "the plan is \(Amount.duration(age)) old, and nothing was stopped yet",
            because: ["what would be lost now is not what was agreed to"],
            state: ["only copies were brought to the hosts"],
            next: ["kupgrade undo --yes        removes them", "kupgrade restore \(run.plan.restore?.archive ?? "")"],
            status: .stale)
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
