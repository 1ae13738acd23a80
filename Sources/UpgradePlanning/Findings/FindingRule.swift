import Plans

/// One thing that can be wrong, found on a draft of the plan, with the page that explains it.
protocol FindingRule: Sendable {
    /// Stable: `KUP-P012`.
    var code: String { get }
    /// A few words for a list of all codes.
    var title: String { get }
    /// How severe it is, or can be at worst.
    var severity: Finding.Severity { get }
    var page: ExplanationText { get }
    /// It can be found without knowing what is to change: ``Doctor`` looks for it too.
    var isAboutToday: Bool { get }

    /// Every case of it; the order does not matter.
    func examine(_ draft: PlanDraft) -> [Finding]
}

extension FindingRule {
    var isAboutToday: Bool { true }

    func finding(
        _ what: String, node: NodeName? = nil, severity: Finding.Severity? = nil, why: [String], remedy: [String]
    ) -> Finding {
        Finding(
            code: code, severity: severity ?? self.severity, node: node?.text, what: what, why: why, remedy: remedy)
    }
}

/// Text that goes into a command that people paste.
enum Paste {
    /// The text as one word of a POSIX shell.
    static func word(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-_./:=@%+,".utf8.contains(byte)
        }
        if plain, !text.isEmpty { return text }
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }

    /// A command on a node, by ssh.
    static func on(_ node: NodeName, _ command: String) -> String { "ssh \(node) \(command)" }
}

extension Sequence<String> {
    /// `a, b and 3 more`: everything up to a limit, so that a sentence stays one.
    func listed(limit: Int = 10) -> String {
        let all = sorted()
        let shown = all.prefix(limit).joined(separator: ", ")
        return all.count > limit ? "\(shown) and \(all.count - limit) more" : shown
    }
}
