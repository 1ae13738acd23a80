/// What is going to be done to a cluster, complete: the value that `plan` prints is the value that a run performs.
///
/// A plan is made from facts alone, so the same facts give the same plan, byte by byte. It holds no secret and no
/// clock of its own: ``madeAt`` is the moment of the facts. Versions, node names, store paths and moments are texts
/// here, in the forms that Kubernetes, Nix and RFC 3339 give them, so that every kind of plan can be written in these
/// words.
public struct Plan: Codable, Hashable, Sendable {
    /// The schema this code writes. A reader refuses a greater one and reads every smaller one.
    public static let currentSchema = 1

    /// Which of the three runs it describes; all of them are performed by the same engine.
    public enum Kind: String, Codable, Sendable {
        case upgrade, restore, rollback
    }

    public var schema: Int
    public var kind: Kind
    /// The cluster's name in the cluster file.
    public var cluster: String
    /// When the facts were observed: RFC 3339 in UTC, `2026-11-22T02:30:00Z`.
    public var madeAt: String
    public var goal: Goal
    /// The words of a command that named the target (`--channel nixos-26.05`); absent where the cluster file did.
    public var target: [String]?
    /// Of a restore only.
    public var restore: RestoreGoal?
    /// All that this plan depends on, as `key=value`, sorted. A world that gives other lines makes the plan stale.
    public var fingerprint: [String]
    public var stages: [Stage]
    /// Blockers first, then by code and node.
    public var findings: [Finding]
    /// The id of the last step after which the way back is still free; `nil` when it is free to the end, or has no
    /// steps.
    public var freeUntil: String?
    /// The command to type next.
    public var next: String

    public init(
        kind: Kind, cluster: String, madeAt: String, goal: Goal, fingerprint: [String], stages: [Stage],
        findings: [Finding], next: String
    ) {
        schema = Self.currentSchema
        self.kind = kind
        self.cluster = cluster
        self.madeAt = madeAt
        self.goal = goal
        self.fingerprint = fingerprint
        self.stages = stages
        self.findings = findings.sorted(by: Finding.isShownBefore)
        freeUntil = Self.lastFreeStep(in: stages)
        self.next = next
    }

    /// Every step, in the order in which it is performed.
    public var steps: [Step] { stages.flatMap(\.steps) }

    /// What keeps this plan from being performed; empty for a plan that can be.
    public var blockers: [Finding] { findings.filter { $0.severity == .blocker } }

    /// The first step after which going back takes more than switching generations.
    public var crossing: Step? { steps.first { $0.wayBack != .free } }

    private static func lastFreeStep(in stages: [Stage]) -> String? {
        var last: String?
        for step in stages.flatMap(\.steps) {
            if step.wayBack != .free { return last }
            last = step.id
        }
        return nil
    }
}

extension Plan {
    /// The stage that a step belongs to; `nil` for a step of another plan.
    public func stage(of step: Step) -> Stage? { stages.first { $0.steps.contains { $0.id == step.id } } }
}
