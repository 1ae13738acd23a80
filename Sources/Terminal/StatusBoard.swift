/// A few lines at the end of a terminal that are drawn over as things change: pure, text in, escape sequences out.
public struct StatusBoard: Sendable {
    private var drawn = 0

    public init() {}

    /// Draws lines over those that were drawn before, each cut to `width`; none: the board is taken away.
    public mutating func draw(_ lines: [String], width: Int) -> String {
        let up = drawn > 0 ? "\u{1B}[\(drawn)A\r\u{1B}[J" : ""
        drawn = lines.count
        return up + lines.map { TextWidth.cut($0, to: width) + "\n" }.joined()
    }

    /// Text that stays, above the board.
    public mutating func print(_ text: String) -> String {
        let up = drawn > 0 ? "\u{1B}[\(drawn)A\r\u{1B}[J" : ""
        drawn = 0
        return up + text + "\n"
    }
}
