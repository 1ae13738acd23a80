public import Plans

/// Makes the plan of an upgrade: a pure function of what was observed, what is offered and what is allowed.
///
/// The plan is always computed as far as the way is legal and known, also where findings forbid to perform it: people
/// see what would happen and what is in the way at once. Planning again after any part of it gives the rest of it.
public enum Planner {
    /// The same request gives the same plan, in whatever order its facts came.
    public static func plan(_ request: PlanRequest) -> Plan {
        let draft = PlanDraft(request)
        let stages = StageWriter(draft).stages()
        let findings = FindingRules.all.flatMap { $0.examine(draft) }.addressed(in: request.facts)
        return Plan(
            kind: .upgrade, cluster: request.facts.cluster, madeAt: request.facts.observedAt.description,
            goal: GoalWriter(draft).goal(), fingerprint: Fingerprint(draft).lines, stages: stages, findings: findings,
            next: next(stages: stages, findings: findings))
    }

    private static func next(stages: [Stage], findings: [Finding]) -> String {
        let blockers = findings.filter { $0.severity == .blocker }.map(\.code).sorted()
        if let code = blockers.first { return "kupgrade explain \(code)" }
        return stages.isEmpty ? "kupgrade facts" : "kupgrade plan --out upgrade.json"
    }
}
