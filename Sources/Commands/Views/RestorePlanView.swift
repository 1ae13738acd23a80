import Plans
import Terminal
import UpgradePlanning

/// The plan of a restore for people: what comes back, what is there, what is lost, what is in the way, the steps.
struct RestorePlanView {
    let plan: Plan
    let style: Style

    func text() -> String {
        guard let goal = plan.restore else { return "" }
        let parts = [
            head(goal), section("Found on the hosts", goal.found), section("Lost with it", goal.lost),
            section("Not put back", goal.leftOut), section("Volumes, which are in no archive", goal.volumes),
            FindingsText(plan.findings, style: style).lines(), stages(), [tail()],
        ]
        return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private func head(_ goal: RestoreGoal) -> [String] {
        let versions = [goal.kubernetes.map { "Kubernetes \($0)" }, goal.etcd.map { "etcd \($0)" }].compactMap { $0 }
        let age = Instant(rfc3339: goal.createdAt).flatMap { made in
            Instant(rfc3339: plan.madeAt).map { Amount.duration(max(0, $0.secondsSince1970 - made.secondsSince1970)) }
        }
        return TextWidth.wrap("Restore of \(plan.cluster) from \(goal.archive)", width: 80).map { style($0, .heading) }
            + TextWidth.wrap(
                "\(age ?? "?") old, \(goal.grade), revision \(goal.revision), \(Amount.count(goal.keys, "key")), "
                    + versions.joined(separator: ", "), width: 80, indent: "  ")
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        guard !lines.isEmpty else { return [] }
        return [style(title, .emphasis)]
            + lines.flatMap { line in
                TextWidth.wrap(line, width: 78).enumerated().map { ($0 == 0 ? "  " : "    ") + $1 }
            }
    }

    private func stages() -> [String] {
        plan.stages.enumerated().flatMap { index, stage -> [String] in
            let lines = StepText.lines(of: stage).flatMap { text in
                TextWidth.wrap(text, width: 75).enumerated().map { line, part in (line == 0 ? "   ~ " : "     ") + part
                }
            }
            return [style("\(index + 1)  \(stage.title)", .emphasis)] + lines
        }
    }

    private func tail() -> String {
        let blockers = FindingsText(plan.blockers, style: style).count
        if blockers > 0 { return "\(Amount.count(blockers, "blocker")). Nothing was touched." }
        let end = plan.steps.first { if case .impossible = $0.undo { true } else { false } }
        let isCommit = end.map { if case .restore(.settle) = $0.action { true } else { false } } ?? true
        let until = isCommit ? "the commit" : end?.id ?? "the commit"
        return "\(plan.stages.count) stages, \(plan.steps.count) steps; each can be taken back until \(until)."
    }
}
