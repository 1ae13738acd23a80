import Plans

extension [Finding] {
    /// From one node to another.
    private static var pipe: String { " | " }

    /// The same with remedies that can be pasted: `ssh NODE …` by the node's address, login and way to root.
    func addressed(in facts: ClusterFacts) -> [Finding] {
        let places = Dictionary(facts.nodes.indices.map { (facts.nodes[$0].name.text, $0) }) { first, _ in first }
        return map { finding in
            var finding = finding
            finding.remedy = finding.remedy.map { command in
                command.split(separator: Self.pipe).map { part in
                    let words = part.split(separator: " ", maxSplits: 2)
                    guard words.count > 1, words[0] == "ssh", let place = places[String(words[1])] else {
                        return String(part)
                    }
                    return facts.nodes[place].addressed(String(part)) ?? String(part)
                }.joined(separator: Self.pipe)
            }
            return finding
        }
    }
}

extension NodeFacts {
    /// `nil` for a command that is not for this node.
    func addressed(_ command: String) -> String? {
        let start = "ssh \(name) "
        guard command.hasPrefix(start) else { return nil }
        guard let login, let address = bestAddress else { return command }
        let rest = String(command.dropFirst(start.count))
        let asRoot = login.become.map { "\($0) \(Self.isOneWord(rest) ? "sh -c \(rest)" : rest)" }
        // The operator is on it.
        if address == "local" { return asRoot ?? (Self.isOneWord(rest) ? "sh -c \(rest)" : rest) }
        let words =
            ["ssh"] + (login.configFile.map { ["-F", Paste.word($0)] } ?? [])
            + [(login.user.map { Paste.word($0) + "@" } ?? "") + address]
        // The far shell takes one pair of quotes away.
        let far = asRoot.map { Self.isOneWord(rest) ? Paste.word($0) : $0 } ?? rest
        return words.joined(separator: " ") + " " + far
    }

    private var bestAddress: String? {
        (addresses.first { $0.state == .used } ?? addresses.first { $0.state == .answers } ?? addresses.first)?.address
    }

    /// It is between quotes as a whole.
    private static func isOneWord(_ text: String) -> Bool {
        text.count > 1 && text.hasPrefix("'") && text.hasSuffix("'")
            && !text.dropFirst().dropLast().replacing("'\\''", with: "").contains("'")
    }
}
