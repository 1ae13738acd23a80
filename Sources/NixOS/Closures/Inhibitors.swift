import FoundationEssentials

/// `switch-inhibitors` of a closure: a JSON object of strings; where a value changes, a switch is refused.
enum Inhibitors {
    /// Empty for anything that is no such object: NixOS before 25.11 has none.
    static func parse(_ text: String) -> [String: String] {
        (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))) ?? [:]
    }
}
