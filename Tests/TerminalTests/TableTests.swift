import Terminal
import Testing

@Suite struct TableTests {
    @Test func alignsColumnsAndLeavesTheLastAlone() {
        let table = Table(
            ["node", "now", "target"], rows: [["grey-area", "1.20.2", "1.22.0"], ["x", "1", "2"]], indent: 2)
        #expect(
            table.lines() == [
                "  NODE       NOW     TARGET",
                "  grey-area  1.20.2  1.22.0",
                "  x          1       2",
            ])
    }

    @Test func colouredCellsAlign() {
        let red = Style(isColored: true)("bad", .bad)
        let lines = Table(["a", "b"], rows: [[red, "x"], ["good", "y"]]).lines()
        #expect(lines[1] == red + "   x")
        #expect(lines[2] == "good  y")
    }

    @Test func wrapsAtSpacesAndKeepsLongWordsWhole() {
        #expect(TextWidth.wrap("one two three", width: 9, indent: "  ") == ["  one two", "  three"])
        #expect(TextWidth.wrap("averyveryverylongword b", width: 8) == ["averyveryverylongword", "b"])
    }
}

@Suite struct StyleTests {
    @Test(
        arguments: [
            (Style.Choice.auto, true, nil, nil, true), (.auto, false, nil, nil, false), (.auto, true, "1", nil, false),
            (.auto, true, "", nil, true), (.auto, true, nil, "dumb", false), (.always, false, "1", "dumb", true),
            (.never, true, nil, nil, false),
        ] as [(Style.Choice, Bool, String?, String?, Bool)])
    func decidesPerStream(choice: Style.Choice, terminal: Bool, noColor: String?, term: String?, expected: Bool) {
        #expect(Style(choice: choice, isTerminal: terminal, noColor: noColor, term: term).isColored == expected)
    }
}
