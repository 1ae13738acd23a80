import Crypto

/// A unit file's text, read as NixOS's `switch-to-configuration` reads it to see what has changed.
///
/// Its rules, as of NixOS 25.11: keys are compared section by section; a few keys of `[Unit]` do not count;
/// `X-Reload-Triggers` and a mount's `Options` only ask for a reload.
struct UnitText: Sendable, Hashable {
    /// Section to key to values, in the order of the text.
    let sections: [String: [String: [String]]]

    /// `parts`: the unit file and its drop-ins, in order.
    init(_ parts: [String]) {
        var sections: [String: [String: [String]]] = [:]
        for part in parts {
            var section = ""
            for line in Self.lines(part) {
                if line.hasPrefix("["), line.hasSuffix("]") {
                    section = String(line.dropFirst().dropLast())
                    sections[section, default: [:]].merge([:]) { $1 }
                } else if let equals = line.firstIndex(of: "=") {
                    let key = String(line[..<equals]).trimmed()
                    let value = String(line[line.index(after: equals)...]).trimmed()
                    sections[section, default: [:]][key, default: []].append(value)
                }
            }
        }
        self.sections = sections
    }

    /// Of all that decides whether the unit is restarted.
    var digest: String {
        Self.digest(
            sections.compactMapValues { keys in keys }.reduce(into: [:]) { kept, entry in
                let keys = entry.value.filter { !Self.isLenient(entry.key, $0.key) }
                if entry.key != "Unit" || !keys.isEmpty { kept[entry.key] = keys }
            })
    }

    /// Of what only asks for a reload; empty where there is nothing of it.
    var reloadDigest: String {
        var kept: [String: [String: [String]]] = [:]
        if let triggers = sections["Unit"]?["X-Reload-Triggers"] { kept["Unit"] = ["X-Reload-Triggers": triggers] }
        if let options = sections["Mount"]?["Options"] { kept["Mount"] = ["Options": options] }
        return kept.isEmpty ? "" : Self.digest(kept)
    }

    /// The last value of a switch; systemd's words for yes.
    func isTrue(_ section: String, _ key: String, or standard: Bool) -> Bool {
        guard let value = sections[section]?[key]?.last else { return standard }
        return ["1", "yes", "true", "on"].contains(value)
    }

    /// Program and arguments of the last `ExecStart`, without systemd's prefixes.
    var execStart: (program: String, arguments: [String])? {
        guard let line = sections["Service"]?["ExecStart"]?.last(where: { !$0.isEmpty }) else { return nil }
        let words = ShownUnit.words(String(line.drop { "@-+!:|".contains($0) }))
        return words.first.map { ($0, Array(words.dropFirst())) }
    }

    var environment: [String: String] {
        let words = (sections["Service"]?["Environment"] ?? []).flatMap(ShownUnit.words)
        return words.reduce(into: [:]) { variables, word in
            guard let equals = word.firstIndex(of: "=") else { return }
            variables[String(word[..<equals])] = String(word[word.index(after: equals)...])
        }
    }

    /// Logical lines: comments and empty lines left out, a backslash at the end joins.
    private static func lines(_ text: String) -> [String] {
        var lines: [String] = []
        var joined = ""
        for raw in text.byteLines(keepingEmpty: true) {
            let line = String(raw).trimmed()
            if joined.isEmpty, line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasSuffix("\\") {
                joined += line.dropLast() + " "
            } else {
                lines.append(joined + line)
                joined = ""
            }
        }
        return joined.isEmpty ? lines : lines + [joined]
    }

    private static func isLenient(_ section: String, _ key: String) -> Bool {
        section == "Unit" && ignored.contains(key) || section == "Mount" && key == "Options"
    }

    private static let ignored: Set<String> = [
        "X-Reload-Triggers", "Description", "Documentation", "OnFailure", "OnSuccess", "OnFailureJobMode",
        "IgnoreOnIsolate", "StopWhenUnneeded", "RefuseManualStart", "RefuseManualStop", "AllowIsolate", "CollectMode",
        "SourcePath",
    ]

    /// Independent of the order of sections and keys, not of the order of one key's values.
    private static func digest(_ sections: [String: [String: [String]]]) -> String {
        var hash = SHA256()
        for (section, keys) in sections.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Array("[\(section)]\n".utf8))
            for (key, values) in keys.sorted(by: { $0.key < $1.key }) {
                for value in values { hash.update(data: Array("\(key)=\(value)\n".utf8)) }
            }
        }
        return hash.finalize().prefix(8).map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }
}
