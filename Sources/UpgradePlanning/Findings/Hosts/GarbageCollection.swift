import Plans

struct GarbageCollection: HostRule {
    let code = "KUP-P093"
    let title = "garbage collection may take the way back"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "nix-gc deletes generations, and with them the system to go back to. Told to delete all old ones (-d) it takes "
            + "that one the first time it runs after a switch. Told --delete-older-than 30d it keeps what was active 30 days "
            + "ago: the way back lasts as long after the switch.",
        causes: ["nix.gc.automatic = true;"],
        behaviour:
            "A run stops the timer while it lasts and keeps both systems by roots of its own. Until then nothing "
            + "protects them.",
        remedies: ["systemctl stop nix-gc.timer", "nix.gc.options = \"--delete-older-than 90d\";"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard let timer = DueTimers.timer("nix-gc.timer", of: host), !Self.isHarmless(host) else { return [] }
        return [
            finding(
                "nix-gc of \(node) \(Self.verb(host)) the system to go back to", node: node,
                severity: draft.movedNodes.contains(node) && Self.age(host) == nil ? .warning : .notice,
                why: [DueTimers.words(timer, at: draft.facts.observedAt), Self.words(host)],
                remedy: [
                    Paste.on(node, "systemctl list-timers nix-gc.timer"),
                    "nix.gc.options = \"--delete-older-than 90d\";",
                ])
        ]
    }

    /// What is kept after it was replaced: `30d`; `nil` where nothing is, or nobody knows.
    private static func age(_ host: HostFacts) -> String? {
        let words = host.platform.garbageOptions?.split(separator: " ").map(String.init) ?? []
        if words.contains("-d") || words.contains("--delete-old") { return nil }
        guard let index = words.firstIndex(of: "--delete-older-than"), index + 1 < words.count else { return nil }
        return words[index + 1]
    }

    /// Without an option it deletes no generation at all.
    private static func isHarmless(_ host: HostFacts) -> Bool { host.platform.garbageOptions == "" }

    private static func verb(_ host: HostFacts) -> String {
        if let age = age(host) { return "keeps for \(age)" }
        return host.platform.garbageOptions == nil ? "may delete" : "deletes"
    }

    private static func words(_ host: HostFacts) -> String {
        guard let options = host.platform.garbageOptions else { return "what it is told to delete is not known" }
        return "it runs nix-collect-garbage \(options)"
    }
}

/// Timers that run, and when they go off.
enum DueTimers {
    static func timer(_ name: String, of host: HostFacts) -> TimerFacts? {
        if let timer = host.platform.timers.first(where: { $0.name == name }) { return timer }
        guard host.unit(name)?.isRunning == true else { return nil }
        return TimerFacts(name: name, service: "", next: nil)
    }

    static func words(_ timer: TimerFacts, at now: Instant) -> String {
        guard let next = timer.next else { return "\(timer.name) runs" }
        let left = max(0, next.secondsSince1970 - now.secondsSince1970)
        return "\(timer.name) goes off in \(Amount.duration(left)), at \(next)"
    }
}
