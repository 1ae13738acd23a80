import UpgradePlanning

/// What a policy says of proven archives.
struct ProvenRules {
    let policy: RetentionPolicy
    /// The newest proven one, pinned or not.
    let newest: RetainedArchive
    /// Proven and not pinned, newest first.
    let free: [RetainedArchive]

    /// Why each is kept, by name; an archive that no rule keeps is absent.
    var reasons: [String: [String]] {
        var reasons: [String: [String]] = [:]
        for (name, reason) in last + buckets + recent { reasons[name, default: []].append(reason) }
        return reasons
    }

    private var last: [(String, String)] {
        free.prefix(policy.last).enumerated().map { index, archive in (archive.name, "last \(index + 1)") }
    }

    private var buckets: [(String, String)] {
        firsts("daily", policy.daily, of: \.calendarDay) + firsts("weekly", policy.weekly, of: \.calendarWeek)
            + firsts("monthly", policy.monthly, of: \.calendarMonth)
    }

    /// The newest archive of each of the newest buckets.
    private func firsts(
        _ word: String, _ count: Int, of bucket: (Instant) -> String
    ) -> [(String, String)] {
        var found: [(String, String)] = []
        var latest: String?
        for archive in free where found.count < count {
            let current = bucket(archive.createdAt)
            if current != latest { found.append((archive.name, "\(word) \(current)")) }
            latest = current
        }
        return found
    }

    private var recent: [(String, String)] {
        guard let within = policy.within, within > .zero else { return [] }
        let reason = "within \(Amount.duration(within.components.seconds))"
        return free.filter { newest.createdAt - $0.createdAt <= within }.map { ($0.name, reason) }
    }
}
