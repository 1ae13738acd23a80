import Terminal
import UpgradePlanning

/// What happened in a run, for a terminal.
struct RunHistoryView {
    let history: RunHistory
    let style: Style

    func text() -> String {
        let head = [
            style("\(history.run)  ", .heading) + style(history.state, history.state == "done" ? .good : .caution),
            "  \(history.kind) of \(history.cluster), \(history.from) to \(history.to)"
                + (RunTime.between(history.from, history.to).map { ", \(Amount.duration($0))" } ?? ""),
        ]
        let changes = history.changes.map { "  \($0)" }
        let notes = history.notes.flatMap { Self.hanging("  \($0.at)  ", $0.text) }
        let parts = history.parts.enumerated().flatMap { index, part in
            [style("\(index + 1)  \(part.title)", .emphasis)] + part.acts.flatMap(lines)
        }
        return ([head, changes, notes, parts].filter { !$0.isEmpty }.map { $0.joined(separator: "\n") })
            .joined(separator: "\n\n") + "\n"
    }

    private func lines(_ act: RunHistory.Act) -> [String] {
        let seconds = RunTime.between(act.from, act.to).flatMap { $0 > 0 ? "\($0) s" : nil } ?? ""
        let node = act.node.map { "\($0): " } ?? ""
        let detail = act.detail.map { ": \($0)" } ?? ""
        let state = Self.padded(act.state, to: 11) + Self.padded(seconds, to: 7)
        return Self.hanging("   \(state)", "\(node)\(act.what)\(detail)")
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// Wrapped behind a first column.
    private static func hanging(_ first: String, _ text: String) -> [String] {
        let rest = String(repeating: " ", count: first.count)
        return TextWidth.wrap(text, width: 80 - first.count).enumerated().map { ($0 == 0 ? first : rest) + $1 }
    }
}

enum RunTime {
    /// Whole seconds; `nil` where one of the two is no time.
    static func between(_ from: String?, _ to: String?) -> Int64? {
        guard let begin = from.flatMap({ Instant(rfc3339: $0) }), let end = to.flatMap({ Instant(rfc3339: $0) }) else {
            return nil
        }
        return max(0, end.secondsSince1970 - begin.secondsSince1970)
    }
}
