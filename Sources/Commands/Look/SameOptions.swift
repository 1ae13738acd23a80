import Plans
import UpgradePlanning

/// Commands that a view names, with what this call was given: pasted, they mean the same cluster and the same target.
struct SameOptions {
    /// As given with `-f`; `nil`: the usual place, or the environment's.
    var cluster: String?
    /// Recorded facts.
    var facts: String?
    /// What is planned for: `--channel nixos-26.05`, as words.
    var target: [String] = []

    private static let aboutCluster: Set<String> = [
        "plan", "facts", "doctor", "status", "apply", "resume", "undo", "rollback", "report", "backup", "restore",
    ]
    private static let ofTwoWords: Set<String> = ["backup"]

    /// `kupgrade plan --out FILE` becomes `kupgrade plan -f FILE --channel C --out FILE`; anything else stays.
    func command(_ text: String) -> String {
        let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard words.count > 1, words[0] == "kupgrade", Self.aboutCluster.contains(words[1]) else { return text }
        let options = self.options(of: words[1]).joined(separator: " ")
        guard !options.isEmpty else { return text }
        if Self.ofTwoWords.contains(words[1]), words.count > 2 {
            let rest = words[2].split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (["kupgrade", words[1], rest[0], options] + rest.dropFirst()).joined(separator: " ")
        }
        return (["kupgrade", words[1], options] + words.dropFirst(2)).joined(separator: " ")
    }

    private func options(of verb: String) -> [String] {
        var options = cluster.map { ["-f", Paste.word($0)] } ?? []
        if let facts, ["plan", "doctor", "status"].contains(verb) { options += ["--facts", Paste.word(facts)] }
        // A version alone is nothing that could be applied.
        if verb == "plan" || verb == "apply" && !target.contains("--to") { options += target.map(Paste.word) }
        return options
    }

    func applied(to finding: Finding) -> Finding {
        var finding = finding
        finding.remedy = finding.remedy.map(command)
        return finding
    }

    func applied(to plan: Plan) -> Plan {
        var plan = plan
        // Whoever accepts one loss has to accept the others, too.
        let codes = Set(ApplyChecks.losses(plan.findings).map(\.code)).sorted()
        let all = "kupgrade apply" + codes.map { " --accept \($0)" }.joined()
        plan.findings = plan.findings.map { finding in
            var finding = finding
            let own = "kupgrade apply --accept \(finding.code)"
            // A version alone is nothing that could be applied: accepted, it would be losses of another plan.
            if target.contains("--to") { finding.remedy.removeAll { $0.hasPrefix("kupgrade apply") } }
            finding.remedy = finding.remedy.map { codes.contains(finding.code) && $0.hasPrefix(own) ? all : $0 }
            return applied(to: finding)
        }
        plan.next = command(plan.next)
        return plan
    }

    func applied(to diagnosis: Diagnosis) -> Diagnosis {
        var diagnosis = diagnosis
        for index in diagnosis.checks.indices {
            diagnosis.checks[index].finding = diagnosis.checks[index].finding.map(applied)
        }
        return diagnosis
    }
}
