import UpgradePlanning

/// One pass over a folder's archives, from the newest to the oldest. Names are unique and times possible:
/// ``RetentionRefusal`` saw to it.
struct RetentionWalk {
    private let policy: RetentionPolicy
    private let now: Instant
    /// Newest first.
    private let archives: [RetainedArchive]

    init(policy: RetentionPolicy, survey: RetentionSurvey) {
        self.policy = policy
        now = survey.now
        archives = survey.archives.sorted(by: RetainedArchive.newestFirst)
    }

    /// Each archive once, newest first.
    var verdicts: [RetentionVerdict] {
        guard let newest = archives.first(where: { $0.grade == .proven }) else {
            return archives.map { RetentionVerdict($0, .keep, pin($0) + ["no proven archive"]) }
        }
        let free = archives.filter { !$0.isPinned }
        let proven = ProvenRules(policy: policy, newest: newest, free: free.filter { $0.grade == .proven })
        let others = OtherRules(policy: policy, now: now)
        let ranks = others.ranks(free.filter { $0.grade != .proven })
        let reasons = proven.reasons
        return archives.map { archive in
            if let rank = ranks[archive.name] { return others.verdict(archive, rank: rank) }
            let first = archive == newest ? ["the newest proven one"] : []
            let all = first + pin(archive) + reasons[archive.name, default: []]
            return all.isEmpty
                ? RetentionVerdict(archive, .remove, ["no rule keeps it"]) : RetentionVerdict(archive, .keep, all)
        }
    }

    private func pin(_ archive: RetainedArchive) -> [String] { archive.isPinned ? ["pinned by a run"] : [] }
}
