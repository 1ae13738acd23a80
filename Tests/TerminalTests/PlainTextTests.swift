import Terminal
import Testing

@Suite struct PlainTextTests {
    @Test(
        arguments: [
            ("", "", ""), ("word — ok ✓", "word — ok ✓", "word — ok ✓"), ("a\nb", "a\nb", "a b"),
            ("a\r\nb", "a b", "a b"), ("\u{1B}[31mred\u{1B}[0m", " [31mred [0m", " [31mred [0m"),
            ("over\rwritten", "over written", "over written"), ("tab\there", "tab here", "tab here"),
            // DEL, and CSI as one byte of C1.
            ("a\u{7F}b\u{9B}2J", "a b 2J", "a b 2J"),
        ])
    func whatMovesACursorIsASpace(text: String, lines: String, line: String) {
        #expect(PlainText.lines(text) == lines)
        #expect(PlainText.line(text) == line)
    }
}
