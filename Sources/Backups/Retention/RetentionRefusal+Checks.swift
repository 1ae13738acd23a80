import UpgradePlanning

extension RetentionRefusal {
    /// How far ahead of now an archive may be: clocks of several hosts differ a little.
    private static let allowance = Duration.seconds(600)
    /// Fewer archives than this may vanish at once without being odd.
    private static let fewest = 4
    /// Times that have four digits of a year, and that can be calculated with.
    private static let possible =
        Instant(secondsSince1970: 0)...Instant(secondsSince1970: 253_402_300_799)

    /// The first that applies; `nil` where archives may be removed.
    static func first(_ policy: RetentionPolicy, _ survey: RetentionSurvey) -> RetentionRefusal? {
        place(survey) ?? invalid(policy) ?? empty(policy) ?? names(survey) ?? times(survey) ?? clock(survey)
            ?? missing(survey)
    }

    private static func place(_ survey: RetentionSurvey) -> RetentionRefusal? {
        survey.isKnownPlace
            ? nil
            : RetentionRefusal(
                .unknownPlace,
                "the folder lacks the marker of the one that archives were put in: another one is mounted, or none")
    }

    private static func invalid(_ policy: RetentionPolicy) -> RetentionRefusal? {
        let counts = [
            ("last", policy.last), ("daily", policy.daily), ("weekly", policy.weekly), ("monthly", policy.monthly),
            ("others", policy.others), ("days of others", policy.otherDays),
        ]
        if let wrong = counts.first(where: { $0.1 < 0 }) {
            return RetentionRefusal(.policyInvalid, "\(wrong.0) of the retention is \(wrong.1), which is below zero")
        }
        guard let within = policy.within, within < .zero else { return nil }
        return RetentionRefusal(.policyInvalid, "within of the retention is \(within), which is below zero")
    }

    private static func empty(_ policy: RetentionPolicy) -> RetentionRefusal? {
        let isEmpty =
            [policy.last, policy.daily, policy.weekly, policy.monthly].allSatisfy { $0 == 0 }
            && (policy.within ?? .zero) == .zero
        return isEmpty
            ? RetentionRefusal(
                .policyKeepsNothing,
                "the retention keeps nothing: one of last, daily, weekly, monthly and within must be above zero")
            : nil
    }

    private static func names(_ survey: RetentionSurvey) -> RetentionRefusal? {
        var seen: Set<String> = []
        let twice = survey.archives.map(\.name).filter { !seen.insert($0).inserted }
        return twice.min().map { RetentionRefusal(.sameName, "two archives are called \($0)") }
    }

    private static func times(_ survey: RetentionSurvey) -> RetentionRefusal? {
        let wrong = survey.times.first { !possible.contains($0.at) }
        return wrong.map {
            RetentionRefusal(.impossibleTime, "the time of \($0.whose) is \($0.at.secondsSince1970) s since 1970")
        }
    }

    private static func clock(_ survey: RetentionSurvey) -> RetentionRefusal? {
        let ahead = survey.times.first { $0.at - survey.now > allowance }
        return ahead.map {
            RetentionRefusal(
                .clockBehind,
                "the clock says \(survey.now), which is before the time of \($0.whose), \($0.at): one of them is wrong")
        }
    }

    /// Archives made after the last run do not stand in for those that it kept.
    private static func missing(_ survey: RetentionSurvey) -> RetentionRefusal? {
        guard let lastRun = survey.lastRun, lastRun.kept >= fewest else { return nil }
        let there = survey.archives.count { $0.createdAt <= lastRun.newest }
        guard there < lastRun.kept - there else { return nil }
        return RetentionRefusal(
            .archivesMissing,
            "the last run kept \(Amount.count(lastRun.kept, "archive")), and \(there) as old as those are there now")
    }
}

extension RetentionSurvey {
    /// Now, and every time that it is compared with, latest first.
    fileprivate var times: [(whose: String, at: Instant)] {
        let newest = lastRun.map { [(whose: "the newest archive of the last run", at: $0.newest)] } ?? []
        let made = archives.sorted(by: RetainedArchive.newestFirst).map { (whose: $0.name, at: $0.createdAt) }
        return [(whose: "now", at: now)] + made + newest
    }
}
