/// How many archives of a folder stay. Days, weeks (ISO) and months are those of UTC.
///
/// Only proven archives count for ``last`` to ``within``. The newest proven archive and those that a run has pinned
/// stay whatever the policy says.
public struct RetentionPolicy: Hashable, Sendable {
    /// The newest so many.
    public var last = 3
    /// The newest of each of the newest so many days that have one.
    public var daily = 14
    /// The same by weeks.
    public var weekly = 8
    /// The same by months.
    public var monthly = 6
    /// All that were made so shortly before the newest proven one, this included; `nil` for no such rule. Measured from
    /// that one, not from now: where backups have stopped, or a clock jumped ahead, nothing more goes.
    public var within: Duration?
    /// How many archives stay that are not proven: the newest ones.
    public var others = 3
    /// They stay while they are younger than so many days.
    public var otherDays = 7

    public init() {}

    /// What stays and what may go. The order of the archives does not matter, and nothing is removed here.
    public func decide(_ survey: RetentionSurvey) -> RetentionDecision {
        if let refusal = RetentionRefusal.first(self, survey) { return .refused(refusal) }
        return .decided(RetentionWalk(policy: self, survey: survey).verdicts)
    }
}
