import Testing
import UpgradePlanning

@testable import Backups

@Suite("retention")
struct RetentionTests {
    /// Sunday, 2026-11-22, in week 47.
    private static let now = at("2026-11-22T12:00:00Z")

    private static func at(_ text: String) -> Instant {
        Instant(rfc3339: text) ?? Instant(secondsSince1970: 0)
    }

    private static func archive(
        _ name: String, _ time: String, _ grade: ArchiveFacts.Grade = .proven, pinned: Bool = false
    ) -> RetainedArchive {
        RetainedArchive(name: name, createdAt: at(time), grade: grade, isPinned: pinned)
    }

    private static func policy(_ change: (inout RetentionPolicy) -> Void) -> RetentionPolicy {
        var policy = RetentionPolicy()
        (policy.last, policy.daily, policy.weekly, policy.monthly) = (0, 0, 0, 0)
        change(&policy)
        return policy
    }

    private static func survey(_ archives: [RetainedArchive]) -> RetentionSurvey {
        RetentionSurvey(archives: archives, now: now, lastRun: nil, isKnownPlace: true)
    }

    /// `+ name: reason, reason` for what stays, `- name: …` for what goes.
    private static func words(_ decision: RetentionDecision) -> [String] {
        switch decision {
        case .refused(let refusal): [refusal.message]
        case .decided(let verdicts):
            verdicts.map {
                "\($0.fate == .keep ? "+" : "-") \($0.archive.name): \($0.reasons.joined(separator: ", "))"
            }
        }
    }

    /// After a night that is not proven only such ones go.
    @Test func aNightThatIsNotProvenRemovesNoProvenArchive() {
        let others = (1...9).map { Self.archive("x\($0)", "2026-09-0\($0)T00:00:00Z", .checked) }
        var policy = Self.policy { $0.last = 1 }
        (policy.others, policy.otherDays) = (2, 1)
        let decision = policy.decide(Self.survey(Self.proven + others))
        func removed(_ decision: RetentionDecision) -> [String] {
            Self.words(decision).filter { $0.hasPrefix("-") }.map { String($0.dropFirst(2).prefix { $0 != ":" }) }
        }
        let all = removed(decision)
        #expect(all.contains("b") && all.contains("x1"), "\(all)")
        let spared = removed(decision.sparingProven)
        #expect(!spared.isEmpty && spared == all.filter { $0.hasPrefix("x") }, "\(spared)")
        #expect(decision.sparingProven.record?.kept == Self.proven.count + others.count - spared.count)
    }

    // MARK: What stays

    /// Two on one day, two in one week, and so on back.
    private static let proven = [
        archive("a", "2026-11-22T02:30:00Z"), archive("b", "2026-11-22T01:00:00Z"),
        archive("c", "2026-11-21T23:59:59Z"), archive("d", "2026-11-15T02:30:00Z"),
        archive("e", "2026-11-01T00:00:00Z"), archive("f", "2026-10-31T23:59:59Z"),
    ]

    private static let gone = "no rule keeps it"

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let policy: RetentionPolicy
        let archives: [RetainedArchive]
        let expected: [String]

        init(
            _ name: String, _ archives: [RetainedArchive], _ expected: [String],
            _ change: (inout RetentionPolicy) -> Void
        ) {
            testDescription = name
            policy = RetentionTests.policy(change)
            self.archives = archives
            self.expected = expected
        }
    }

    private static let counts: [Case] = [
        Case(
            "the newest ones", proven,
            ["+ a: the newest proven one, last 1", "+ b: last 2"] + ["c", "d", "e", "f"].map { "- \($0): \(gone)" }
        ) { $0.last = 2 },
        Case(
            "days", proven,
            [
                "+ a: the newest proven one, daily 2026-11-22", "- b: \(gone)", "+ c: daily 2026-11-21",
                "+ d: daily 2026-11-15", "- e: \(gone)", "- f: \(gone)",
            ]
        ) { $0.daily = 3 },
        Case(
            "weeks", proven,
            [
                "+ a: the newest proven one, weekly 2026-W47", "- b: \(gone)", "- c: \(gone)",
                "+ d: weekly 2026-W46", "+ e: weekly 2026-W44", "- f: \(gone)",
            ]
        ) { $0.weekly = 8 },
        Case(
            "months", proven,
            [
                "+ a: the newest proven one, monthly 2026-11", "- b: \(gone)", "- c: \(gone)", "- d: \(gone)",
                "- e: \(gone)", "+ f: monthly 2026-10",
            ]
        ) { $0.monthly = 2 },
        Case(
            "a duration before the newest, to the second", proven,
            ["+ a: the newest proven one, within 7 days", "+ b: within 7 days", "+ c: within 7 days"]
                + ["+ d: within 7 days", "- e: \(gone)", "- f: \(gone)"]
        ) { $0.within = .seconds(7 * 86_400) },
        Case(
            "several rules for one archive", proven,
            [
                "+ a: the newest proven one, last 1, daily 2026-11-22, weekly 2026-W47, monthly 2026-11, within 2 h",
                "+ b: within 2 h", "+ c: daily 2026-11-21", "- d: \(gone)", "- e: \(gone)", "- f: \(gone)",
            ]
        ) { ($0.last, $0.daily, $0.weekly, $0.monthly, $0.within) = (1, 2, 1, 1, .seconds(7_200)) },
        Case("fewer than the policy asks for", [proven[0]], ["+ a: the newest proven one, last 1"]) { $0.last = 9 },
        Case("no archive", [], []) { $0.last = 1 },
    ]

    private static let apart: [Case] = [
        Case(
            "pinned ones use up no count",
            [
                archive("a", "2026-11-22T02:30:00Z", pinned: true), archive("b", "2026-11-22T01:00:00Z"),
                archive("c", "2026-11-21T02:30:00Z"), archive("s", "2026-11-01T00:00:00Z", .suspect, pinned: true),
            ],
            [
                "+ a: the newest proven one, pinned by a run", "+ b: last 1, daily 2026-11-22", "- c: \(gone)",
                "+ s: pinned by a run",
            ]
        ) { ($0.last, $0.daily) = (1, 1) },
        Case(
            "those that are not proven are kept apart, until they are too many or too old",
            [
                archive("s", "2026-11-22T02:30:00Z", .suspect), archive("c", "2026-11-22T01:00:00Z", .checked),
                archive("p", "2026-11-21T02:30:00Z"), archive("d", "2026-11-20T12:00:01Z", .checked),
                archive("e", "2026-11-20T12:00:00Z", .checked), archive("q", "2026-11-19T00:00:00Z"),
            ],
            [
                "+ s: not proven: 1 of 3", "+ c: not proven: 2 of 3", "+ p: the newest proven one, last 1",
                "+ d: not proven: 3 of 3", "- e: not proven: at most 3 stay, not proven: stays less than 2 days",
                "- q: \(gone)",
            ]
        ) { ($0.last, $0.otherDays) = (1, 2) },
        Case(
            "none that is not proven", [archive("s", "2026-11-22T02:30:00Z", .suspect)] + [proven[1]],
            ["- s: not proven: at most 0 stay", "+ b: the newest proven one, last 1"]
        ) { ($0.last, $0.others) = (1, 0) },
        Case(
            "without a proven one nothing goes",
            [
                archive("s", "2020-01-01T00:00:00Z", .suspect),
                archive("c", "1970-01-01T00:00:00Z", .checked, pinned: true),
            ],
            ["+ s: no proven archive", "+ c: pinned by a run, no proven archive"]
        ) { ($0.last, $0.others) = (1, 0) },
        Case(
            "archives of one second, by name",
            ["b", "c", "a"].map { archive($0, "2026-11-22T02:30:00Z") },
            ["+ c: the newest proven one, last 1", "- b: \(gone)", "- a: \(gone)"]
        ) { $0.last = 1 },
    ]

    @Test("what stays and why", arguments: counts + apart)
    func keeps(_ row: Case) {
        #expect(Self.words(row.policy.decide(Self.survey(row.archives))) == row.expected)
    }

    @Test("the newest proven archive stays however old it is, and a clock that jumped ahead takes nothing more")
    func clockAhead() {
        var survey = Self.survey(Self.proven)
        let policy = Self.policy { $0.within = .seconds(3_600 * 24) }
        let today = policy.decide(survey)
        survey.now = Self.at("2040-01-01T00:00:00Z")
        #expect(policy.decide(survey) == today)
    }

    // MARK: Refusals

    struct Odd: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: RetentionRefusal.Code?
        let change: @Sendable (inout RetentionPolicy, inout RetentionSurvey) -> Void

        init(
            _ name: String, _ code: RetentionRefusal.Code?,
            _ change: @escaping @Sendable (inout RetentionPolicy, inout RetentionSurvey) -> Void
        ) {
            testDescription = name
            self.code = code
            self.change = change
        }
    }

    private static let odd: [Odd] = [
        Odd("nothing odd", nil) { _, _ in },
        Odd("another place", .unknownPlace) { $1.isKnownPlace = false },
        Odd("a place without archives that is another one", .unknownPlace) {
            ($1.isKnownPlace, $1.archives) = (false, [])
        },
        Odd("an empty policy", .policyKeepsNothing) { policy, _ in policy = Self.policy { _ in } },
        Odd("within nothing", .policyKeepsNothing) { policy, _ in policy = Self.policy { $0.within = .zero } },
        Odd("only one rule", nil) { policy, _ in policy = Self.policy { $0.within = .seconds(1) } },
        Odd("a count below zero", .policyInvalid) { policy, _ in policy.daily = -1 },
        Odd("others below zero", .policyInvalid) { policy, _ in policy.others = -1 },
        Odd("days below zero", .policyInvalid) { policy, _ in policy.otherDays = -1 },
        Odd("a duration below zero", .policyInvalid) { policy, _ in policy.within = .seconds(-1) },
        Odd("two of one name", .sameName) { $1.archives.append(archive("a", "2026-11-01T02:30:00Z")) },
        Odd("an archive 10 min ahead", nil) { $1.now = at("2026-11-22T02:20:00Z") },
        Odd("an archive more than 10 min ahead", .clockBehind) { $1.now = at("2026-11-22T02:19:59Z") },
        Odd("a suspect archive ahead", .clockBehind) {
            $1.archives.append(archive("z", "2027-01-01T00:00:00Z", .suspect))
        },
        Odd("the last run's newest ahead", .clockBehind) {
            $1.lastRun = PruneRecord(kept: 1, newest: at("2026-11-22T12:10:01Z"))
        },
        Odd("before 1970", .impossibleTime) { $1.archives[5].createdAt = Instant(secondsSince1970: .min) },
        Odd("after 9999", .impossibleTime) { $1.now = Instant(secondsSince1970: .max) },
        Odd("half of the last run's", nil) { $1.lastRun = PruneRecord(kept: 12, newest: now) },
        Odd("fewer than half of the last run's", .archivesMissing) {
            $1.lastRun = PruneRecord(kept: 13, newest: now)
        },
        Odd("newer ones do not stand in", .archivesMissing) {
            $1.lastRun = PruneRecord(kept: 4, newest: $1.archives[5].createdAt)
        },
        Odd("three may vanish", nil) {
            $1.lastRun = PruneRecord(kept: 3, newest: at("2026-10-01T00:00:00Z"))
        },
        Odd("four may not", .archivesMissing) {
            ($1.archives, $1.lastRun) = ([], PruneRecord(kept: 4, newest: at("2026-10-01T00:00:00Z")))
        },
        Odd("a record that overflows", .archivesMissing) { $1.lastRun = PruneRecord(kept: .max, newest: now) },
    ]

    @Test("where something is odd, nothing goes", arguments: odd)
    func refuses(_ row: Odd) {
        var policy = RetentionPolicy()
        var survey = Self.survey(Self.proven)
        row.change(&policy, &survey)
        let decision = policy.decide(survey)
        guard case .refused(let refusal) = decision else {
            #expect(row.code == nil)
            return
        }
        #expect(refusal.code == row.code)
        #expect(decision.record == nil)
        #expect(!refusal.message.isEmpty && !refusal.message.hasSuffix("."))
    }

    // MARK: Calendar

    @Test(
        "ISO weeks belong to the year of their Thursday",
        arguments: [
            ("1970-01-01", "1970-W01"), ("2004-12-31", "2004-W53"), ("2005-01-02", "2004-W53"),
            ("2005-01-03", "2005-W01"), ("2008-12-28", "2008-W52"), ("2008-12-29", "2009-W01"),
            ("2010-01-03", "2009-W53"), ("2010-01-04", "2010-W01"), ("2012-01-01", "2011-W52"),
            ("2020-02-29", "2020-W09"), ("2020-12-31", "2020-W53"), ("2021-01-03", "2020-W53"),
            ("2021-01-04", "2021-W01"), ("2024-12-29", "2024-W52"), ("2024-12-30", "2025-W01"),
            ("2026-11-22", "2026-W47"), ("2026-11-23", "2026-W48"), ("2026-12-31", "2026-W53"),
            ("2027-01-03", "2026-W53"), ("2027-01-04", "2027-W01"), ("9999-12-31", "9999-W52"),
        ])
    func weeks(day: String, week: String) {
        for hour in ["00:00:00", "23:59:59"] {
            let time = Self.at("\(day)T\(hour)Z")
            #expect(time.calendarWeek == week)
            #expect(time.calendarDay == day)
            #expect(time.calendarMonth == String(day.prefix(7)))
        }
    }

    @Test("for 400 years a week changes on Mondays only, to one that sorts after it")
    func weeksInARow() {
        var latest = Instant(secondsSince1970: 0).calendarWeek
        for day in Int64(1)..<146_097 {
            let week = Instant(secondsSince1970: day * 86_400).calendarWeek
            #expect(day % 7 == 4 ? week > latest : week == latest, "day \(day)")
            latest = week
        }
    }
}

/// Properties over generated folders. A failure names the seed: `Sample(seed: N)` is the folder and the policy.
