public import UpgradePlanning

/// Which member a snapshot is taken from: a healthy voter, not the leader where there is a choice (reading costs it
/// least), with most applied. One that etcd calls corrupt, or whose data is not what most have, gives what nobody else has.
public enum MemberChoice {
    /// The best first; empty where no member answers. A learner comes last, then one that is different, then one that reports
    /// errors.
    public static func ranked(_ endpoints: [EtcdEndpointFacts]) -> [NodeName] {
        let members = endpoints.compactMap { endpoint in endpoint.status.value.map { (endpoint.node, $0) } }
        let different = different(members.map(\.1))
        return members.sorted { isBetter($0.1, $1.1, different) ?? ($0.0 < $1.0) }.map(\.0)
    }

    /// By their ids: those of a CORRUPT alarm, whoever tells of it, and those whose hash is not the one of most.
    private static func different(_ members: [EtcdMemberFacts]) -> Set<String> {
        let corrupt = members.flatMap(\.alarms).filter { $0.kind == .corrupt }.map(\.memberID)
        let groups = Dictionary(grouping: members.filter { $0.hash.value != nil }, by: \.hash.value)
        let most = groups.values.max { $0.count < $1.count } ?? []
        // Hashes up to different revisions, or of two halves, tell nothing.
        let isTold = Set(groups.keys.map { $0.map { [$0.revision, $0.compactRevision] } }).count == 1
        let known = groups.values.reduce(0) { $0 + $1.count }
        let minority = isTold && most.count * 2 > known ? groups.values.filter { $0 != most }.flatMap { $0 } : []
        return Set(corrupt + minority.map(\.memberID))
    }

    /// `nil` where neither is.
    private static func isBetter(_ one: EtcdMemberFacts, _ other: EtcdMemberFacts, _ different: Set<String>) -> Bool? {
        if one.isLearner != other.isLearner { return !one.isLearner }
        let isDifferent = (different.contains(one.memberID), different.contains(other.memberID))
        if isDifferent.0 != isDifferent.1 { return !isDifferent.0 }
        if one.errors.isEmpty != other.errors.isEmpty { return one.errors.isEmpty }
        // A few entries behind is the time between two answers.
        let behind = Int64(clamping: other.raftAppliedIndex) - Int64(clamping: one.raftAppliedIndex)
        if abs(behind) > 1_000 { return behind < 0 }
        let leads = (one.leaderID == one.memberID, other.leaderID == other.memberID)
        if leads.0 != leads.1 { return !leads.0 }
        return behind == 0 ? nil : behind < 0
    }
}
