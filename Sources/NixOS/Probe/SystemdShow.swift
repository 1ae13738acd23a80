/// One unit in the output of `systemctl show`: property to value.
public struct ShownUnit: Sendable, Hashable {
    public var properties: [String: String]

    /// Blocks are separated by empty lines; a value may hold `=`.
    public static func parse(_ text: String) -> [ShownUnit] {
        var units: [ShownUnit] = []
        var current: [String: String] = [:]
        let lines: [Substring] = text.byteLines(keepingEmpty: true) + [""]
        for line in lines {
            if line.isEmpty {
                if current["Id"] != nil { units.append(ShownUnit(properties: current)) }
                current = [:]
            } else if let equals = line.firstIndex(of: "=") {
                current[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
        }
        return units
    }

    public subscript(_ property: String) -> String { properties[property] ?? "" }

    /// Program and arguments of the first `ExecStart`; `nil` for a unit without one.
    ///
    /// systemd prints the arguments joined by spaces, without quotes (`{ path=… ; argv[]=… ; ignore_errors=no ; … }`):
    /// an argument that holds a space comes apart. The flags of Kubernetes have none.
    public var execStart: (program: String, arguments: [String])? {
        let text = self["ExecStart"]
        guard let start = text.range(of: "argv[]="), let path = text.range(of: "path=") else { return nil }
        let argv = text[start.upperBound...]
        let line = argv.range(of: " ; ignore_errors=").map { argv[..<$0.lowerBound] } ?? argv
        let program = text[path.upperBound...].prefix { $0 != " " && $0 != ";" }
        return (String(program), line.split(separator: " ").dropFirst().map(String.init))
    }

    /// The unit's own environment. Values with spaces are quoted by systemd as `"NAME=a b"`.
    public var environment: [String: String] {
        var variables: [String: String] = [:]
        for word in Self.words(self["Environment"]) {
            guard let equals = word.firstIndex(of: "=") else { continue }
            variables[String(word[..<equals])] = String(word[word.index(after: equals)...])
        }
        return variables
    }

    /// Splits at spaces outside of double quotes; a backslash takes the next character as it is.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var isEscaped = false
        for character in text {
            switch (isEscaped, character) {
            case (true, _):
                word.append(character)
                isEscaped = false
            case (false, "\\"): isEscaped = true
            case (false, "\""): isQuoted.toggle()
            case (false, " ") where !isQuoted:
                if !word.isEmpty { words.append(word) }
                word = ""
            case (false, _): word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}

extension String {
    /// The first place of `text`; the standard library has this only with Foundation or Regex.
    func range(of text: String) -> Range<Index>? {
        self[...].range(of: text)
    }
}

extension Substring {
    func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            guard let first = text.first, let candidate = self[start...].firstIndex(of: first) else { return nil }
            if self[candidate...].hasPrefix(text) {
                return candidate..<index(candidate, offsetBy: text.count)
            }
            start = index(after: candidate)
        }
        return nil
    }
}
