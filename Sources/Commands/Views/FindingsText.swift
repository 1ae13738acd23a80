import Plans
import Terminal

/// Findings for people, 80 columns wide. One that several nodes share is shown once.
struct FindingsText {
    private let groups: [Group]
    private let style: Style
    /// Stands for each of several nodes.
    private static let each = "NODE"

    private struct Group {
        var nodes: [String]
        var finding: Finding
        /// Of each of the nodes: they can be pasted.
        var remedies: [String]

        mutating func add(_ finding: Finding) {
            for remedy in finding.remedy where !remedies.contains(remedy) { remedies.append(remedy) }
        }
    }

    private static let shownRemedies = 6

    init(_ findings: [Finding], style: Style) {
        self.style = style
        var groups: [Group] = []
        var indices: [Finding: Int] = [:]
        for finding in findings {
            let common = Self.withoutNode(finding)
            if let node = finding.node, let index = indices[common] {
                groups[index].nodes.append(node)
                groups[index].finding = common
                groups[index].add(finding)
            } else {
                if finding.node != nil { indices[common] = groups.count }
                groups.append(Group(nodes: finding.node.map { [$0] } ?? [], finding: finding, remedies: finding.remedy))
            }
        }
        self.groups = groups
    }

    func lines() -> [String] { groups.flatMap(lines) }

    /// How many it shows.
    var count: Int { groups.count }

    private func lines(_ group: Group) -> [String] {
        let finding = group.finding
        let (mark, role): (String, Style.Role) =
            switch finding.severity {
            case .blocker: ("BLOCKER", .bad)
            case .warning: ("warning", .caution)
            case .notice: ("notice", .quiet)
            }
        let title = TextWidth.wrap(Self.title(group), width: 61, indent: "")
        var lines = [style(mark, role) + "  \(finding.code)  " + (title.first ?? "")]
        lines += title.dropFirst().map { String(repeating: " ", count: 19) + $0 }
        for why in finding.why { lines += TextWidth.wrap(why, width: 80, indent: "         ") }
        for (index, remedy) in group.remedies.prefix(Self.shownRemedies).enumerated() {
            lines.append((index == 0 ? "  try  " : "       ") + remedy)
        }
        let more = group.remedies.count - Self.shownRemedies
        if more > 0 { lines.append("       and the same for the others (\(more) more)") }
        return lines
    }

    /// The node is named once.
    private static func title(_ group: Group) -> String {
        if group.nodes.count == 1, group.finding.what.contains(group.nodes[0]) { return group.finding.what }
        // `NODE: 1 pod leaves` and `NODE uses …` begin with whose they are.
        var what = Substring(group.finding.what)
        for start in ["\(each): ", "\(each) "] where what.hasPrefix(start) { what = what.dropFirst(start.count) }
        // Whose it is, is said before the colon.
        let plain = what.replacing(" of \(each)", with: "").replacing(each, with: "it")
        if group.nodes.count > 1 { what = plain[...] }
        return group.nodes.isEmpty ? String(what) : "\(group.nodes.joined(separator: ", ")): \(what)"
    }

    private static func withoutNode(_ finding: Finding) -> Finding {
        guard let node = finding.node else { return finding }
        func common(_ text: String) -> String { text.replacingWord(node, with: each) }
        return Finding(
            code: finding.code, severity: finding.severity, node: nil, what: common(finding.what),
            why: finding.why.map(common), remedy: [])
    }
}

extension String {
    /// Replaces a word where it stands alone: `db` in `db: /var/lib/db-1` once.
    fileprivate func replacingWord(_ word: String, with other: String) -> String {
        var result = ""
        var rest = self[...]
        func isPart(_ character: Character?) -> Bool {
            character.map { $0.isLetter || $0.isNumber || $0 == "-" } ?? false
        }
        while let range = rest.firstRange(of: word) {
            let before = range.lowerBound > startIndex ? self[index(before: range.lowerBound)] : nil
            let after = range.upperBound < endIndex ? self[range.upperBound] : nil
            result += rest[..<range.lowerBound] + (isPart(before) || isPart(after) ? word : other)
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
