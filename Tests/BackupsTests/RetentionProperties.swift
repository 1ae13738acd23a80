import Testing
import UpgradePlanning

@testable import Backups

@Suite("properties of retention")
struct RetentionProperties {
    struct Sample: Sendable {
        let seed: UInt64
        var policy = RetentionPolicy()
        var survey: RetentionSurvey

        init(seed: UInt64) {
            self.seed = seed
            var dice = Dice(state: seed)
            let now = Instant(secondsSince1970: 1_795_000_000 + Int64.random(in: 0..<400_000_000, using: &dice))
            let provenPercent = [0, 50, 90].randomElement(using: &dice) ?? 50
            let hours = Int64([2, 40, 24 * 400].randomElement(using: &dice) ?? 40)
            let archives = (0..<Int.random(in: 0...40, using: &dice)).map { index in
                // Whole hours, so that some share a second.
                let age = Int64.random(in: 0...hours, using: &dice) * 3_600
                let isProven = Int.random(in: 0..<100, using: &dice) < provenPercent
                return RetainedArchive(
                    name: "archive-\(index)", createdAt: now.advanced(by: .seconds(-age)),
                    grade: isProven ? .proven : Bool.random(using: &dice) ? .checked : .suspect,
                    isPinned: Int.random(in: 0..<10, using: &dice) == 0)
            }
            survey = RetentionSurvey(archives: archives, now: now, lastRun: nil, isKnownPlace: true)
            for field in Sample.counts { policy[keyPath: field] = Int.random(in: 0...4, using: &dice) }
            if Bool.random(using: &dice) { policy.within = .seconds(Int64.random(in: 1...90, using: &dice) * 20_000) }
            if policy.last + policy.daily + policy.weekly + policy.monthly == 0 { policy.last = 1 }
        }

        static var counts: [WritableKeyPath<RetentionPolicy, Int>] {
            [\.last, \.daily, \.weekly, \.monthly, \.others, \.otherDays]
        }

        var verdicts: [RetentionVerdict] {
            guard case .decided(let verdicts) = policy.decide(survey) else { return [] }
            return verdicts
        }

        var kept: Set<String> { Set(verdicts.filter { $0.fate == .keep }.map(\.archive.name)) }

        var newestFirst: [RetainedArchive] { survey.archives.sorted(by: RetainedArchive.newestFirst) }
    }

    /// Numbers that only look random (SplitMix64).
    struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    static let samples = (UInt64(1)...600).map(Sample.init)

    @Test("every archive gets one verdict with a reason, newest first")
    func verdicts() {
        for sample in Self.samples {
            let verdicts = sample.verdicts
            #expect(verdicts.map(\.archive) == sample.newestFirst, "seed \(sample.seed)")
            #expect(
                verdicts.allSatisfy { !$0.reasons.isEmpty && !$0.reasons.contains("") }, "seed \(sample.seed)")
        }
    }

    @Test("the newest proven archive and pinned ones stay, and without a proven one all do")
    func alwaysKept() {
        for sample in Self.samples {
            let newest = sample.newestFirst.first { $0.grade == .proven }
            let must = newest.map { [$0] + sample.survey.archives.filter(\.isPinned) } ?? sample.survey.archives
            #expect(sample.kept.isSuperset(of: must.map(\.name)), "seed \(sample.seed)")
        }
    }

    @Test("a second run removes nothing more, for the same reasons")
    func idempotence() {
        for sample in Self.samples {
            var second = sample
            let kept = sample.kept
            second.survey.archives.removeAll { !kept.contains($0.name) }
            second.survey.lastRun = sample.policy.decide(sample.survey).record
            #expect(second.verdicts == sample.verdicts.filter { $0.fate == .keep }, "seed \(sample.seed)")
        }
    }

    @Test("a count that is raised, a longer duration or one more pin removes nothing more")
    func monotony() {
        for sample in Self.samples {
            let kept = sample.kept
            for field in Sample.counts {
                var more = sample
                more.policy[keyPath: field] += 1
                #expect(more.kept.isSuperset(of: kept), "seed \(sample.seed), \(field)")
            }
            var longer = sample
            longer.policy.within = (sample.policy.within ?? .zero) + .seconds(100_000)
            #expect(longer.kept.isSuperset(of: kept), "seed \(sample.seed), within")
            for index in sample.survey.archives.indices.prefix(5) {
                var pinned = sample
                pinned.survey.archives[index].isPinned = true
                #expect(pinned.kept.isSuperset(of: kept), "seed \(sample.seed), pin \(index)")
            }
        }
    }

    @Test("the order of the archives does not matter")
    func order() {
        for sample in Self.samples {
            var dice = Dice(state: sample.seed)
            var shuffled = sample
            shuffled.survey.archives.shuffle(using: &dice)
            #expect(shuffled.verdicts == sample.verdicts, "seed \(sample.seed)")
        }
    }

    @Test("a bucket keeps its newest archive, where fewer newer buckets are there than the policy counts")
    func buckets() {
        let kinds: [(WritableKeyPath<RetentionPolicy, Int>, (Instant) -> String)] = [
            (\.daily, \.calendarDay), (\.weekly, \.calendarWeek), (\.monthly, \.calendarMonth),
        ]
        for sample in Self.samples {
            for (field, bucket) in kinds {
                var one = sample
                one.policy = RetentionPolicy()
                for count in Sample.counts { one.policy[keyPath: count] = 0 }
                one.policy[keyPath: field] = sample.policy[keyPath: field] + 1
                let archives = sample.newestFirst
                guard let newest = archives.first(where: { $0.grade == .proven }) else { continue }
                let free = archives.filter { $0.grade == .proven && !$0.isPinned }
                let expected = free.enumerated().filter { index, archive in
                    let newer = Set(free[..<index].map { bucket($0.createdAt) })
                    return !newer.contains(bucket(archive.createdAt)) && newer.count < one.policy[keyPath: field]
                }
                let always = archives.filter { $0.isPinned || $0 == newest }
                #expect(one.kept == Set((expected.map(\.element) + always).map(\.name)), "seed \(sample.seed)")
            }
        }
    }

    @Test("the samples are of every kind, else the properties say nothing")
    func coverage() {
        let all = Self.samples.flatMap(\.verdicts)
        #expect(all.count { $0.fate == .remove } > 1_000)
        #expect(all.count { $0.fate == .keep && $0.reasons.count > 2 } > 250)
        for word in ["last", "daily", "weekly", "monthly", "within", "pinned", "not proven", "no proven"] {
            #expect(all.count { $0.reasons.contains { $0.hasPrefix(word) } } > 100, "\(word)")
        }
        #expect(Self.samples.allSatisfy { $0.verdicts.count == $0.survey.archives.count })
    }
}
