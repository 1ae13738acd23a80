import Plans
import Terminal

/// A diagnosis for people, 80 columns wide.
struct DiagnosisView {
    let diagnosis: Diagnosis
    let style: Style
    let showsAll: Bool
    /// How long looking and checking took; `nil` for recorded facts.
    var elapsed: Duration?
    /// What to type where nothing fails.
    var next = "kupgrade plan"

    func text() -> String {
        let parts = ([nil] + diagnosis.nodes.map { Optional($0) }).map(section)
        let head = style("\(diagnosis.cluster) at \(diagnosis.observedAt)", .heading)
        return ([[head]] + parts.filter { !$0.isEmpty } + [tail()]).map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n") + "\n"
    }

    private func section(_ node: String?) -> [String] {
        let checks = diagnosis.checks(of: node)
        guard !checks.isEmpty else { return node.map { ["\($0): nothing could be asked"] } ?? [] }
        let title = style("\(node ?? "cluster"): \(Self.counts(checks))", .emphasis)
        // Of a node that did not answer each check is unknown: one line says as much.
        let unknown = checks.filter { $0.state == .unknown }
        let isShort = !showsAll && node != nil && unknown.count > 3
        let shown = checks.filter { showsAll || $0.state != .ok && !(isShort && $0.state == .unknown) }
        return [title] + shown.flatMap(lines)
            + (isShort
                ? ["  \(style("?   ", .quiet))  \(unknown.count) checks could not be made (--all names them)"] : [])
    }

    private static func counts(_ checks: [Diagnosis.Check]) -> String {
        Diagnosis.State.allCases.compactMap { state in
            let count = checks.filter { $0.state == state }.count
            return count == 0 ? nil : "\(count) \(state.rawValue)"
        }.joined(separator: ", ")
    }

    private func lines(_ check: Diagnosis.Check) -> [String] {
        let mark = (check.state == .unknown ? "?" : check.state.rawValue).padded(to: 4)
        let head = "  \(style(mark, role(check.state)))  \(check.code)  "
        guard let finding = check.finding else {
            return Self.titled(head, (check.state == .unknown ? "could not be looked at: " : "not so: ") + check.title)
        }
        var lines = Self.titled(head, finding.what)
        for why in finding.why { lines += TextWidth.wrap(why, width: 80, indent: "        ") }
        for (index, remedy) in finding.remedy.enumerated() {
            lines.append((index == 0 ? "    try " : "        ") + remedy)
        }
        return lines
    }

    private static func titled(_ head: String, _ text: String) -> [String] {
        let title = TextWidth.wrap(text, width: 62)
        return [head + (title.first ?? "")] + title.dropFirst().map { String(repeating: " ", count: 18) + $0 }
    }

    /// ` in 1.4 s`.
    private static func words(_ elapsed: Duration) -> String {
        let tenths = Int64(elapsed / .milliseconds(100))
        return " in \(tenths / 10).\(tenths % 10) s"
    }

    private func role(_ state: Diagnosis.State) -> Style.Role {
        switch state {
        case .ok: .good
        case .note, .unknown: .quiet
        case .warn: .caution
        case .fail: .bad
        }
    }

    private func tail() -> [String] {
        let total = Self.counts(diagnosis.checks)
        let worst = diagnosis.checks.filter { $0.state == .fail }.map(\.code).min()
        return [
            "\(diagnosis.checks.count) checks\(elapsed.map(Self.words) ?? ""): \(total).",
            "Next: \(worst.map { "kupgrade explain \($0)" } ?? next)",
        ]
    }
}

extension String {
    /// With spaces behind it.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
