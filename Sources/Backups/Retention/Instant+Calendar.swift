import UpgradePlanning

/// The buckets of retention, in UTC, of times from 1970 to 9999.
extension Instant {
    /// `2026-11-22`.
    var calendarDay: String { String(description.prefix(10)) }

    /// `2026-11`.
    var calendarMonth: String { String(description.prefix(7)) }

    /// `2026-W47`: the ISO week. It begins on Monday and belongs to the year that its Thursday is in.
    var calendarWeek: String {
        let thursday = thursdayOfWeek
        let year = thursday.description.prefix(4)
        // Always read; if not, the day would name the same week.
        guard let newYear = Instant(rfc3339: "\(year)-01-01T00:00:00Z") else { return thursday.calendarDay }
        let week = (thursday.secondsSince1970 - newYear.secondsSince1970) / (7 * 86_400) + 1
        return "\(year)-W\(week < 10 ? "0" : "")\(week)"
    }

    /// 1970-01-01 was a Thursday.
    private var thursdayOfWeek: Instant {
        let days = secondsSince1970 / 86_400
        let daysSinceMonday = (days + 3) % 7
        return Instant(secondsSince1970: (days - daysSinceMonday + 3) * 86_400)
    }
}
