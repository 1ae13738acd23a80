import Plans

struct ComponentStopped: HostRule {
    let code = "KUP-P104"
    let title = "a part of Kubernetes does not run"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning:
            "A unit that this system has for Kubernetes is stopped, or starts again and again. Where it is the "
            + "controller-manager, nobody marks a node that is gone and nobody replaces a pod that is evicted; where it "
            + "is the scheduler, what is evicted finds no new place: the cluster looks well and is not.",
        causes: [
            "systemctl stop by hand",
            "kupgrade holds it: a run is open, or a guard brought the old system back after the new one had served, in a run "
                + "that was given up since",
            "it fails at each start: journalctl says why",
        ],
        behaviour:
            "The plan is computed and cannot be applied. Of kube-proxy, flannel, certmgr, cfssl and etcd it is a warning (of an etcd that is "
            + "missed others tell, too); of the apiserver see KUP-P060, of a unit that failed KUP-P103.",
        remedies: [
            "systemctl start UNIT", "systemctl status UNIT and journalctl -u UNIT",
            "kupgrade status, then resume or undo  # where a run is open",
            "kupgrade rollback RUN  # of a run that was given up; or kupgrade restore",
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        let parts = Component.allCases.filter { $0 != .apiServer }.map { ($0.rawValue, $0.unit) } + Self.helpers
        let stopped = parts.compactMap { name, unit in
            host.unit(unit).flatMap { unit in
                Self.trouble(unit, at: draft.facts.observedAt).map { (name, unit.name, $0) }
            }
        }
        guard !stopped.isEmpty else { return [] }
        let isGrave = stopped.contains { !Self.lesser.contains($0.0) }
        return [
            finding(
                "\(stopped.map(\.0).listed()) of \(node) \(stopped.count == 1 ? "does" : "do") not run",
                node: node, severity: isGrave ? .blocker : .warning,
                why: stopped.map { "\($0.1) \($0.2)" }.sorted() + Self.held(host),
                remedy: stopped.map { Paste.on(node, "systemctl status \(Paste.word($0.1))") }.sorted()
                    + (Self.held(host).isEmpty ? [] : ["kupgrade explain KUP-P104  # what holds it, and the ways out"]))
        ]
    }

    /// Who makes and renews certificates.
    private static let helpers = [("certmgr", "certmgr.service"), ("cfssl", "cfssl.service")]
    private static let lesser =
        [Component.proxy, .flannel, .etcd].map(\.rawValue) + helpers.map(\.0)
    /// A unit that systemd has restarted so often, and that has run for no longer than this, will end again.
    private static let (fewRestarts, shortRun) = (3, Int64(20))

    /// Such a unit does not start, whatever systemctl is told.
    static func held(_ host: HostFacts) -> [String] {
        guard let held = host.heldUnits, !held.isEmpty else { return [] }
        return ["kupgrade holds \(held.listed()), by files in /var/lib/kupgrade/holds"]
    }

    private static func trouble(_ unit: UnitFacts, at now: Instant) -> String? {
        guard unit.loadState == "loaded" else { return nil }
        let isLooping = unit.restarts >= fewRestarts
        let age = unit.activeSince.map { now.secondsSince1970 - $0.secondsSince1970 }
        switch (unit.activeState, unit.subState) {
        case ("inactive", _), ("deactivating", _): return "is stopped"
        case ("activating", "auto-restart"): return "ends and is started again and again"
        case ("activating", _) where isLooping: return "ends and is started again and again"
        case ("active", _) where isLooping && (age.map { $0 < shortRun } ?? false):
            return "ends and is started again and again"
        default: return nil
        }
    }
}
