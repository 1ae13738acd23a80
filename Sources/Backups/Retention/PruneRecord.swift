public import UpgradePlanning

/// What a run of prune leaves for the next one, so that a folder that lost archives is told from one that was pruned.
public struct PruneRecord: Codable, Hashable, Sendable {
    /// How many archives it kept.
    public var kept: Int
    /// When the newest archive that it saw was made.
    public var newest: Instant

    public init(kept: Int, newest: Instant) {
        self.kept = kept
        self.newest = newest
    }
}

extension RetentionDecision {
    /// What to leave for the next run. `nil` where this one was refused or saw no archive: the former record stays.
    public var record: PruneRecord? {
        guard case .decided(let verdicts) = self, let newest = verdicts.first?.archive.createdAt else { return nil }
        return PruneRecord(kept: verdicts.count { $0.fate == .keep }, newest: newest)
    }
}
