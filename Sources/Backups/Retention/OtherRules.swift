import UpgradePlanning

/// What a policy says of archives that are not proven, where a proven one is there.
struct OtherRules {
    let policy: RetentionPolicy
    let now: Instant

    /// Of each archive by name, from 1; the archives come newest first.
    func ranks(_ archives: [RetainedArchive]) -> [String: Int] {
        var ranks: [String: Int] = [:]
        for archive in archives { ranks[archive.name] = ranks.count + 1 }
        return ranks
    }

    func verdict(_ archive: RetainedArchive, rank: Int) -> RetentionVerdict {
        let against = tooMany(rank) + tooOld(archive)
        return against.isEmpty
            ? RetentionVerdict(archive, .keep, ["not proven: \(rank) of \(policy.others)"])
            : RetentionVerdict(archive, .remove, against)
    }

    private func tooMany(_ rank: Int) -> [String] {
        rank > policy.others ? ["not proven: at most \(policy.others) stay"] : []
    }

    private func tooOld(_ archive: RetainedArchive) -> [String] {
        let age = (now.secondsSince1970 - archive.createdAt.secondsSince1970) / 86_400
        return age >= policy.otherDays ? ["not proven: stays less than \(Amount.count(policy.otherDays, "day"))"] : []
    }
}
