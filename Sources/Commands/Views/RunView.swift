import Plans
import Terminal
import UpgradePlanning

/// One run on one screen: how far it got, what is so now, where its copies are, what to type.
struct RunView {
    let report: RunReport
    let now: Instant
    let style: Style

    func text() -> String {
        let parts = [head, stages, copies, safety, next]
        return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var head: [String] {
        let role: Style.Role = report.isOpen ? .caution : .good
        return [style("\(report.run)  ", .heading) + style(report.state, role)]
            + lines(
                "\(report.kind) of \(report.cluster), planned \(report.plannedAt), \(report.done) of "
                    + "\(report.steps) steps done")
            + lines("driven by \(report.by); its last line is of \(report.lastLineAt)\(age)")
            + (report.trouble.map { lines("it stands: \($0)") } ?? [])
    }

    private var age: String {
        guard let last = Instant(rfc3339: report.lastLineAt) else { return "" }
        return ", \(Amount.duration(max(0, now.secondsSince1970 - last.secondsSince1970))) ago"
    }

    private var stages: [String] {
        report.stages.enumerated().map { index, stage in
            let mark =
                stage.done == stage.steps
                ? "done" : stage.done == 0 && stage.at == nil ? "-" : "\(stage.done)/\(stage.steps)"
            let at = stage.at.map { "  at \($0)" } ?? ""
            let gap = String(repeating: " ", count: max(1, 7 - mark.count))
            return "  \(mark)\(gap)\(index + 1)  \(stage.title)\(at)"
        }
    }

    private var copies: [String] {
        report.copies.isEmpty
            ? [] : lines("journal: " + report.copies.map { "\($0.place) has line \($0.lines)" }.joined(separator: ", "))
    }

    private var safety: [String] { report.safety.flatMap { lines($0) } }

    private var next: [String] {
        guard report.isOpen else { return [] }
        let resume = "  kupgrade resume \(report.run)  # goes on to the end"
        if let barrier = report.barrier {
            let way = report.kind == Plan.Kind.upgrade.rawValue ? ["  \(UndoCommand.giveUpHint(report.run))"] : []
            return lines("It cannot be taken back any more: \(barrier)") + [resume] + way
        }
        return [resume, "  kupgrade undo \(report.run)  # puts back what was there"]
    }

    private func lines(_ text: String) -> [String] { TextWidth.wrap(text, width: 80, indent: "  ") }
}
