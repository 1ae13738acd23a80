import Plans
import RunEngine
import UpgradePlanning

/// What `kupgrade status RUN` says, as a value: pure.
struct RunReport: Encodable {
    struct StageReport: Encodable {
        var id: String
        var title: String
        var done: Int
        var steps: Int
        /// The step that was begun and is not done; `nil` where there is none.
        var at: String?
    }

    /// A copy of the journal.
    struct Copy: Encodable {
        var place: String
        var lines: Int
    }

    var run: String
    var kind: String
    var cluster: String
    /// `open`, `going back`, `done` or `undone`.
    var state: String
    /// RFC 3339 in UTC: when the plan was made, and when the newest line was written.
    var plannedAt: String
    var lastLineAt: String
    /// Who wrote the last lines.
    var by: String
    var done: Int
    var steps: Int
    /// Why it does not go on by itself.
    var trouble: String?
    /// What the run has changed so far, and whether it can stay so.
    var safety: [String]
    var stages: [StageReport]
    var copies: [Copy]
    /// It may be gone on with; else what ended it is final.
    var isOpen: Bool
    /// It cannot be taken back any more, for this reason.
    var barrier: String?

    init(_ run: LoadedRun, named name: String, by: String, copies: [Copy]) {
        let state = run.state
        self.run = name
        kind = run.plan.kind.rawValue
        cluster = run.plan.cluster
        switch state.ending {
        case let ending?: self.state = ending.rawValue
        case nil: self.state = state.isTurnedBack ? "going back" : "open"
        }
        isOpen = run.isOpen
        plannedAt = run.plan.madeAt
        lastLineAt = run.journal.lines.last?.at ?? run.plan.madeAt
        self.by = by
        done = state.doneCount
        steps = state.steps.count
        trouble = state.trouble
        safety = run.isOpen ? RunSafety.sentences(state, volatile: RunEnd.volatileHolds(run)) : []
        barrier = run.isOpen ? state.barrier.map { "\($0.step.id): \($0.why)" } : nil
        self.copies = copies
        var rest = state.states[...]
        stages = run.plan.stages.map { stage in
            let own = rest.prefix(stage.steps.count)
            rest = rest.dropFirst(stage.steps.count)
            let at = zip(stage.steps, own).first { _, state in
                switch state {
                case .begun, .failed, .takingBack: true
                case .pending, .done, .undone: false
                }
            }
            return StageReport(
                id: stage.id, title: stage.title,
                done: own.count { if case .done = $0 { true } else { false } }, steps: stage.steps.count,
                at: at?.0.id)
        }
    }
}
