import Terminal

/// An error as people see it: what failed, why, what state things are in, and what to type next.
public struct Problem: Error, Sendable, Hashable {
    /// Stable: `KUP-E001`. `kupgrade explain` has a page for each.
    public var code: String
    /// One sentence, lower case, no full stop.
    public var sentence: String
    public var because: [String]
    /// The state of what was touched; empty where nothing was.
    public var state: [String]
    /// Commands that can be pasted, each with what it does.
    public var next: [String]
    public var status: ExitStatus

    public init(
        _ code: String, _ sentence: String, because: [String] = [], state: [String] = [], next: [String] = [],
        status: ExitStatus = .failed
    ) {
        self.code = code
        self.sentence = sentence
        self.because = because
        self.state = state
        self.next = next
        self.status = status
    }

    /// The lines that go to standard error.
    public func lines() -> [String] {
        var lines = ["error: \(PlainText.line(sentence))  [\(code)]"]
        func add(_ label: String, _ texts: [String]) {
            for (index, text) in texts.enumerated() {
                let space = index == 0 ? label : String(repeating: " ", count: label.count)
                lines.append("  \(space)  \(PlainText.lines(text))")
            }
        }
        add("because", because)
        add("state  ", state)
        let isExplained = Pages.all.contains { $0.code == code }
        add("try    ", next.isEmpty && isExplained ? ["kupgrade explain \(code)"] : next)
        return lines
    }
}

extension Problem: CustomStringConvertible {
    /// On one line, for whoever passes it on.
    public var description: String {
        "\(sentence)" + (because.isEmpty ? "" : " (\(because.joined(separator: "; ")))") + " [\(code)]"
    }
}

extension Problem {
    /// What the parser says of words that it does not understand: `Error: Unknown option '--x'`, then help and usage, the
    /// last line being `See 'kupgrade VERB --help' for more information.` A verb that is nearly one of `verbs` is asked after,
    /// as the parser does for options.
    init(wrongWords text: String, verbs: [String] = []) {
        var lines = text.split(separator: "\n").map { line in String(line.drop { $0 == " " }) }
        var sentence = lines.isEmpty ? "the command line is not understood" : lines.removeFirst()
        if sentence.hasPrefix("Error: ") { sentence.removeFirst("Error: ".count) }
        // Another capital may follow in a name.
        if sentence.dropFirst().first?.isLowercase == true {
            sentence = sentence.prefix(1).lowercased() + sentence.dropFirst()
        }
        let parts = sentence.split(separator: "'")
        if parts.count == 2, parts[0] == "unexpected argument ",
            let meant = Spelling.nearest(to: String(parts[1]), in: verbs)
        {
            sentence += ". Did you mean '\(meant)'?"
        }
        let help = lines.last?.split(separator: "'", omittingEmptySubsequences: false) ?? []
        if help.count == 3 { lines.removeLast() }
        self.init(
            "KUP-E008", sentence, because: lines, next: [help.count == 3 ? String(help[1]) : "kupgrade --help"],
            status: .usage)
    }
}
