import Testing

@testable import Commands

@Suite struct HookWordsTests {
    @Test(
        arguments: [
            ("", []), ("\n \n", []), ("paused\n", ["paused"]), ("one\ntwo\n\n  \n", ["two"]),
            ("  spaced   out \r\n", ["spaced out"]), ("\u{1B}[31mred\n", ["[31mred"]),
            (String(repeating: "a", count: 300), [String(repeating: "a", count: 200)]),
            // One character of many bytes.
            (
                "e" + String(repeating: "\u{301}", count: 10_000),
                ["e" + String(repeating: "\u{301}", count: 99) + "\u{FFFD}"]
            ),
        ])
    func theLastLineThatSaysAnything(printed: String, words: [String]) {
        #expect(Hooks.lastLine(Array(printed.utf8)) == words)
    }
}
