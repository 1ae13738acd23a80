public import Plans

/// What a code means, for `kupgrade explain`.
public struct Explanation: Codable, Hashable, Sendable {
    public var code: String
    /// A few words.
    public var title: String
    /// How severe it is, or can be at worst.
    public var severity: Finding.Severity
    /// What it means for the cluster; sentences.
    public var meaning: String
    /// What most often leads to it.
    public var causes: [String]
    /// What kupgrade does about it, and what it does not.
    public var behaviour: String
    /// How to get out of it.
    public var remedies: [String]
}

/// The pages of all codes that a plan can carry.
public enum Explanations {
    /// Ordered by code.
    public static let all: [Explanation] = FindingRules.all.map { rule in
        Explanation(
            code: rule.code, title: rule.title, severity: rule.severity, meaning: rule.page.meaning,
            causes: rule.page.causes, behaviour: rule.page.behaviour, remedies: rule.page.remedies)
    }.sorted { $0.code < $1.code }

    /// The page of a code, in any case: `kup-p012` as well; `nil` for a code that no plan carries.
    public static func explain(_ code: String) -> Explanation? {
        let wanted = code.uppercased()
        return all.first { $0.code == wanted }
    }
}

/// The part of an explanation that a rule writes.
struct ExplanationText: Sendable {
    let meaning: String
    let causes: [String]
    let behaviour: String
    let remedies: [String]
}
