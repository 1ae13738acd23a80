/// How text is marked on one stream: with ANSI colours, or not at all. Decided once per stream, then passed along.
public struct Style: Sendable, Hashable {
    /// What a piece of text is, not how it looks.
    public enum Role: Sendable, Hashable {
        case heading, good, caution, bad, quiet, emphasis
    }

    /// What `--color` says.
    public enum Choice: String, Sendable, Hashable, CaseIterable {
        case auto, always, never
    }

    public let isColored: Bool

    public init(isColored: Bool) {
        self.isColored = isColored
    }

    public static let plain = Style(isColored: false)

    /// Colour on a terminal only, unless asked for otherwise; a non-empty `NO_COLOR` or `TERM=dumb` turns `auto` off.
    ///
    /// Source: no-color.org.
    public init(choice: Choice, isTerminal: Bool, noColor: String?, term: String?) {
        switch choice {
        case .always: isColored = true
        case .never: isColored = false
        case .auto: isColored = isTerminal && (noColor ?? "").isEmpty && term != "dumb"
        }
    }

    public func callAsFunction(_ text: String, _ role: Role) -> String {
        isColored ? "\u{1B}[\(code(role))m\(text)\u{1B}[0m" : text
    }

    private func code(_ role: Role) -> String {
        switch role {
        case .heading: "1"
        case .good: "32"
        case .caution: "33"
        case .bad: "31"
        case .quiet: "2"
        case .emphasis: "1;36"
        }
    }
}
