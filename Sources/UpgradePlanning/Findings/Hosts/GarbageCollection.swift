import Plans

struct GarbageCollection: HostRule {
    let code = "KUP-P093"
    let title = "garbage collection may take the way back"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "nix-gc and nh-clean delete generations, and with them the system to go back to. Told to delete all old ones (-d) nix-gc takes "
            + "that one the first time it runs after a switch. Told --delete-older-than 30d it keeps what was active 30 days "
            + "ago: the way back lasts as long after the switch. nh-clean goes by when a generation was made, and by how many "
            + "are newer: with --keep 2 or more the last one stays, with less it goes when it is older than --keep-since.",
        causes: ["nix.gc.automatic = true;", "programs.nh.clean.enable = true;"],
        behaviour:
            "A run stops the timer while it lasts and keeps both systems by roots of its own. Until then nothing "
            + "protects them.",
        remedies: [
            "systemctl stop nix-gc.timer, or nh-clean.timer", "nix.gc.options = \"--delete-older-than 90d\";",
            "programs.nh.clean.extraArgs = \"--keep 5\";",
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        GarbageCollector.all(host).compactMap { collector in
            guard let timer = DueTimers.timer(collector.timer, of: host), collector.fate != .kept else { return nil }
            let isThreat = collector.isThreat(madeAt: host.platform.profileMadeAt, next: timer.next)
            return finding(
                "\(collector.name) of \(node) \(collector.verb) the system to go back to", node: node,
                severity: draft.movedNodes.contains(node) && isThreat ? .warning : .notice,
                why: [DueTimers.words(timer, at: draft.facts.observedAt), collector.words],
                remedy: [Paste.on(node, "systemctl list-timers \(collector.timer)"), collector.setting])
        }
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
