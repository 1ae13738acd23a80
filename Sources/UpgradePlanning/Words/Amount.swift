/// Amounts for people.
public enum Amount {
    /// `20.4 MiB`: one decimal from KiB on.
    public static func bytes(_ count: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var tenths = count
        var unit = 0
        while tenths >= 1_024, unit < units.count - 1 {
            unit += 1
            if unit == units.count - 1 || tenths < 1_024 * 1_024 {
                tenths = (tenths * 10 + 512) / 1_024
                return "\(tenths / 10).\(tenths % 10) \(units[unit])"
            }
            tenths /= 1_024
        }
        return "\(count) B"
    }

    /// `1 pod`, `2 pods`.
    public static func count(_ count: Int, _ thing: String) -> String { "\(count) \(thing)\(count == 1 ? "" : "s")" }

    /// `45 s`, `10 min`, `3 h`, `12 days`: whole numbers, rounded down.
    public static func duration(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}
