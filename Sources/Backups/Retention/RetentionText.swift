import UpgradePlanning

/// A policy in words.
public enum RetentionText {
    /// `last 3, daily 14, weekly 8, monthly 6`.
    public static func of(_ policy: RetentionPolicy) -> String {
        let counts = [
            ("last", policy.last), ("daily", policy.daily), ("weekly", policy.weekly), ("monthly", policy.monthly),
        ]
        let within = policy.within.map { ["within \(Amount.duration($0.components.seconds))"] } ?? []
        return (counts.filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" } + within).joined(separator: ", ")
    }
}
