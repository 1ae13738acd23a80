import Plans

struct GarbageCollection: HostRule {
    let code = "KUP-P093"
    let title = "garbage collection may take the way back"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "nix-gc deletes generations that are older than it was told, and with them the system to go back to: one "
            + "that runs since weeks is old.",
        causes: ["nix.gc.automatic = true;"],
        behaviour:
            "A run stops the timer while it lasts and keeps both systems by roots of its own. Until then nothing "
            + "protects them.",
        remedies: ["systemctl stop nix-gc.timer", "nix.gc.options = \"--delete-older-than 90d\";"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard let timer = DueTimers.timer("nix-gc.timer", of: host) else { return [] }
        return [
            finding(
                "nix-gc of \(node) may delete the system to go back to", node: node,
                severity: draft.movedNodes.contains(node) ? .warning : .notice,
                why: [DueTimers.words(timer, at: draft.facts.observedAt)],
                remedy: [Paste.on(node, "systemctl list-timers nix-gc.timer")])
        ]
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
