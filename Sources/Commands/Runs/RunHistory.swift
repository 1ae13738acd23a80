import Plans
import RunEngine
import UpgradePlanning

/// What happened in a run, step by step: its plan and its journal, put together. Pure.
struct RunHistory: Encodable {
    struct Act: Encodable {
        var id: String
        /// `nil` for what is done for the whole cluster.
        var node: String?
        var what: String
        /// `not begun`, `was so`, `done`, `failed`, `begun`, `taken back`.
        var state: String
        /// RFC 3339 in UTC; `nil` where it was never begun.
        var from: String?
        var to: String?
        /// What the step said, or why it failed.
        var detail: String?
    }

    struct Part: Encodable {
        var title: String
        var acts: [Act]
    }

    /// Lines of the journal that are no step: who drove it, where it stopped.
    struct Note: Encodable {
        var at: String
        var text: String
    }

    var run: String
    var cluster: String
    var kind: String
    var state: String
    var from: String
    var to: String
    var changes: [String]
    var parts: [Part]
    var notes: [Note]
    var findings: [Finding]

    init(_ run: LoadedRun, named name: String) {
        let plan = run.plan
        self.run = name
        cluster = plan.cluster
        kind = plan.kind.rawValue
        let state = run.state
        self.state = state.ending?.rawValue ?? (state.isTurnedBack ? "going back" : "open")
        from = run.journal.lines.first?.at ?? plan.madeAt
        to = run.journal.lines.last?.at ?? plan.madeAt
        changes = plan.goal.changes.map { change in
            let (old, new) = (change.from.joined(separator: ", "), change.to.joined(separator: ", "))
            return "\(change.name) \(old) → \(new)"
        }
        findings = plan.findings
        var acts: [String: Act] = [:]
        for step in plan.steps {
            acts[step.id] = Act(id: step.id, node: step.node, what: StepText.text(step), state: "not begun")
        }
        for line in run.journal.lines {
            guard let id = line.event.step, var act = acts[id] else { continue }
            act.take(line)
            acts[id] = act
        }
        parts = plan.stages.map { stage in
            Part(title: stage.title, acts: stage.steps.compactMap { acts[$0.id] })
        }
        notes = run.journal.lines.compactMap(Note.init)
    }
}

extension RunHistory.Act {
    fileprivate mutating func take(_ line: JournalLine) {
        switch line.event {
        case .intent:
            if from == nil { from = line.at }
            state = "begun"
        case .done(_, let isOurs, let detail):
            if from == nil { from = line.at }
            to = line.at
            self.detail = detail
            state = isOurs ? "done" : "was so"
        case .failed(_, let why):
            if from == nil { from = line.at }
            to = line.at
            detail = why
            state = "failed"
        case .undone(_, let said):
            state = "taken back"
            detail = said ?? detail
        case .undoFailed(_, let why):
            detail = why
            state = "failed"
        default: break
        }
    }
}

extension RunHistory.Note {
    fileprivate init?(_ line: JournalLine) {
        at = line.at
        switch line.event {
        case .opened(_, _, let by): text = "opened by \(by)"
        case .resumed(let by): text = "gone on with by \(by)"
        case .turnedBack(let by): text = "turned back by \(by)"
        case .givenUp(let by): text = "given up by \(by)"
        case .stopped(let why): text = "stopped: \(why)"
        case .failed(let step, let why): text = "\(step) failed: \(why)"
        case .closed(let ending): text = "ended: \(ending.rawValue)"
        default: return nil
        }
    }
}
