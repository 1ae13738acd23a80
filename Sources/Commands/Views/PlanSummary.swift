import Plans
import RunEngine
import Terminal

/// What a run would do that another machine began: every step that is still to come, with the store paths it names.
struct PlanSummary {
    let run: LoadedRun
    /// Of the plan's file, in hex.
    let digest: String
    let style: Style

    func text() -> String {
        let state = run.state
        let plan = run.plan
        let head = [
            style("A run of \(RunFinder.driver(run.journal)) over \(plan.cluster)", .heading),
            "  made \(plan.madeAt), plan \(digest)",
            "  \(state.doneCount) of \(state.steps.count) steps are done"
                + (state.isTurnedBack ? "; it is being taken back" : ""),
        ]
        let restore = plan.restore == nil ? [] : [RestorePlanView(plan: plan, style: style).text()]
        return PlainText.lines((head + [""] + restore + steps(state)).joined(separator: "\n")) + "\n"
    }

    private func steps(_ state: RunState) -> [String] {
        zip(state.steps, state.states).compactMap { step, standing in
            if case .done = standing, !state.isTurnedBack { return nil }
            let path = step.action.activation?.target.toplevel.map { " (\($0))" } ?? ""
            return "  ~ \(step.id): \(StepText.text(step))\(path)"
        }
    }
}
