import Plans
import UpgradePlanning

/// Whether a plan may be performed: nothing is in the way, it is the one that was agreed to, and a person says yes.
struct ApplyChecks {
    let plan: Plan
    /// A plan that was written before.
    let confirmed: Plan?
    let accepted: Set<String>
    let yes: Bool
    let world: World

    static let wayBack = "way-back"

    /// False where there is nothing to do. Throws ``Problem`` where it may not be performed; nothing was touched then.
    func pass() throws -> Bool {
        try refuseStale()
        guard plan.blockers.isEmpty else {
            throw Problem(
                "KUP-E125", "the upgrade is refused", because: plan.blockers.map { "\($0.code): \($0.what)" },
                state: ["nothing was touched"], next: plan.blockers.compactMap(\.remedy.first), status: .refused)
        }
        guard !plan.stages.isEmpty else { return false }
        try refuseUnknownSystems()
        try confirm()
        return true
    }

    private func refuseStale() throws {
        guard let confirmed else { return }
        let differing = PlanDifference.between(confirmed, plan)
        guard !differing.isEmpty else { return }
        throw Problem(
            "KUP-E126", "the plan is stale", because: differing, state: ["nothing was touched"],
            next: ["kupgrade plan --out FILE  # and look at it again"], status: .stale)
    }

    /// A plan by version alone says what would be legal, not what to activate.
    private func refuseUnknownSystems() throws {
        for step in plan.steps {
            guard let activation = step.action.activation, activation.target.toplevel == nil else { continue }
            throw Problem(
                "KUP-E127", "nothing says which system \(step.node ?? "the node") gets",
                because: ["the target is \(activation.target.source)"], state: ["nothing was touched"],
                next: ["kupgrade apply --flake REFERENCE"], status: .usage)
        }
    }

    /// What is lost or risked beyond the way back, and accepted by its code only: pods that nobody brings back, data that goes
    /// with its pod, a boot that cannot be tried once, or that may wait for a passphrase.
    private static let byName: Set = ["KUP-P082", "KUP-P083", "KUP-P096", "KUP-P098"]

    /// Those of a plan's findings that have to be accepted by name, for it to be performed.
    static func losses(_ findings: [Finding]) -> [Finding] {
        findings.filter { byName.contains($0.code) && $0.severity != .notice }
    }

    private func confirmLoss(_ questions: Questions) throws {
        for finding in Self.losses(plan.findings) where !accepted.contains(finding.code) {
            guard !yes, questions.yes("\(finding.code): \(finding.what). Accept that?") else {
                throw Problem(
                    "KUP-E125", "\(finding.code) was not accepted", because: [finding.what] + finding.why,
                    state: ["nothing was touched"], next: ["--accept \(finding.code)  # in scripts"],
                    status: .refused)
            }
        }
    }

    private func confirm() throws {
        let questions = Questions(world: world)
        try confirmLoss(questions)
        if let crossing = plan.steps.first(where: { $0.wayBack != .free }), !accepted.contains(Self.wayBack) {
            let question =
                "From \(crossing.id) on the way back is not free: \(StepText.wayBack(crossing.wayBack)). "
                + "Type the cluster's name to accept that: "
            guard questions.isThere(plan.cluster, question) else {
                throw Problem(
                    "KUP-E125", "the end of the free way back was not accepted",
                    because: ["from \(crossing.id) on: \(StepText.wayBack(crossing.wayBack))"],
                    state: ["nothing was touched"], next: ["--accept \(Self.wayBack)  # in scripts"],
                    status: .refused)
            }
            return
        }
        guard yes || questions.yes("Do it?") else {
            throw Problem(
                "KUP-E125", "nobody said yes", state: ["nothing was touched"], next: ["--yes  # in scripts"],
                status: .refused)
        }
    }
}

/// What of two plans differs: pure.
enum PlanDifference {
    /// Sentences; empty where the second is the first, made later.
    static func between(_ confirmed: Plan, _ now: Plan) -> [String] {
        var lines: [String] = []
        let (before, after) = (Set(confirmed.fingerprint), Set(now.fingerprint))
        lines += before.subtracting(after).sorted().prefix(3).map { "it was: \($0)" }
        lines += after.subtracting(before).sorted().prefix(3).map { "it is: \($0)" }
        let codes = Set(confirmed.blockers.map(\.code))
        lines += now.blockers.filter { !codes.contains($0.code) }.map { "\($0.code): \($0.what)" }
        if confirmed.steps != now.steps {
            let (old, new) = (Set(confirmed.steps.map(\.id)), Set(now.steps.map(\.id)))
            let changed = old.symmetricDifference(new).sorted().prefix(3)
            lines.append("the steps differ" + (changed.isEmpty ? "" : ": " + changed.joined(separator: ", ")))
        }
        return lines
    }
}
