/// Columns without borders: headers in capitals, two spaces between, the last column not padded, so that lines can be
/// searched and cut.
public struct Table: Sendable {
    public var header: [String]
    public var rows: [[String]]
    public var indent: Int

    public init(_ header: [String], rows: [[String]] = [], indent: Int = 0) {
        self.header = header
        self.rows = rows
        self.indent = indent
    }

    /// One string per line. Rows shorter than the header are filled with empty cells.
    public func lines() -> [String] {
        let all = (header.isEmpty ? [] : [header.map { $0.uppercased() }]) + rows
        let columns = all.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            all.map { column < $0.count ? TextWidth.of($0[column]) : 0 }.max() ?? 0
        }
        return all.map { row in
            var line = String(repeating: " ", count: indent)
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 {
                    line += String(repeating: " ", count: widths[column] - TextWidth.of(cell) + 2)
                }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

/// How many columns a text takes on a terminal.
public enum TextWidth {
    /// Counts characters; ANSI colour sequences take none.
    public static func of(_ text: String) -> Int {
        var width = 0
        var isEscape = false
        for character in text {
            if character == "\u{1B}" {
                isEscape = true
            } else if isEscape {
                if character == "m" { isEscape = false }
            } else {
                width += 1
            }
        }
        return width
    }

    /// The beginning of a text without colours, `…` at its end where something is missing.
    public static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : String(text.prefix(max(0, width - 1))) + "…"
    }

    /// Breaks a paragraph into lines of at most `width` columns, at spaces; a longer word stays whole.
    public static func wrap(_ text: String, width: Int, indent: String = "") -> [String] {
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in paragraph.split(separator: " ") {
                if !line.isEmpty, of(line) + 1 + of(String(word)) > width - of(indent) {
                    lines.append(indent + line)
                    line = ""
                }
                line += line.isEmpty ? word : " " + word
            }
            lines.append(line.isEmpty ? "" : indent + line)
        }
        return lines
    }
}
