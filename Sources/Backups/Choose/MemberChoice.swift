public import UpgradePlanning

/// Which member a snapshot is taken from: a healthy voter, not the leader where there is a choice (reading costs it
/// least), with most applied.
public enum MemberChoice {
    /// The best first; empty where no member answers. A learner, or one that reports errors, comes last.
    public static func ranked(_ endpoints: [EtcdEndpointFacts]) -> [NodeName] {
        endpoints.compactMap { endpoint in endpoint.status.value.map { (endpoint.node, $0) } }
            .sorted { isBetter($0.1, $1.1) ?? ($0.0 < $1.0) }.map(\.0)
    }

    /// `nil` where neither is.
    private static func isBetter(_ one: EtcdMemberFacts, _ other: EtcdMemberFacts) -> Bool? {
        if one.isLearner != other.isLearner { return !one.isLearner }
        if one.errors.isEmpty != other.errors.isEmpty { return one.errors.isEmpty }
        // A few entries behind is the time between two answers.
        let behind = Int64(clamping: other.raftAppliedIndex) - Int64(clamping: one.raftAppliedIndex)
        if abs(behind) > 1_000 { return behind < 0 }
        let leads = (one.leaderID == one.memberID, other.leaderID == other.memberID)
        if leads.0 != leads.1 { return !leads.0 }
        return behind == 0 ? nil : behind < 0
    }
}
