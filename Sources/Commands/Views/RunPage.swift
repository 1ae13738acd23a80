import UpgradePlanning

/// What happened in a run as one page that needs nothing else: no script, no font, no address.
struct RunPage {
    let history: RunHistory

    func html() -> String {
        let body = [head, changes, timeline, notes, steps, findings].filter { !$0.isEmpty }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(text(history.run))</title><style>\(Self.style)</style></head>
            <body><main>
            \(body)
            </main></body></html>

            """
    }

    private static let style = """
        :root{color-scheme:light dark;--line:#8884;--done:#2a9d5c;--bad:#d1495b;--wait:#c98a1b;--quiet:#767676}
        body{font:15px/1.5 system-ui,sans-serif;margin:0}main{max-width:60rem;margin:0 auto;padding:1.5rem}
        h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}.sub{color:var(--quiet)}
        table{border-collapse:collapse;width:100%}td{padding:.25rem .5rem;border-top:1px solid var(--line);vertical-align:top}
        td.n{white-space:nowrap;text-align:right}td.w{white-space:nowrap}.s{white-space:nowrap;font-weight:600}
        .done{color:var(--done)}.failed{color:var(--bad)}.begun,.taken{color:var(--wait)}.not,.was{color:var(--quiet)}
        .lane{display:grid;grid-template-columns:10rem 1fr;gap:.5rem;align-items:center;margin:.2rem 0}
        .bar{position:relative;height:1.4rem;background:#8881;border-radius:3px;overflow:hidden}
        .bar i{position:absolute;top:0;bottom:0;min-width:2px;background:var(--done);border-right:1px solid #fff6}
        .bar i.failed{background:var(--bad)}.bar i.begun,.bar i.taken{background:var(--wait)}
        ul{padding-left:1.2rem;margin:.3rem 0}.d{color:var(--quiet);overflow-wrap:anywhere}
        """

    private var head: String {
        let time = RunTime.between(history.from, history.to).map { Amount.duration($0) } ?? ""
        return """
            <h1>\(text(history.run)) <span class="\(Self.word(history.state))">\(text(history.state))</span></h1>
            <p class="sub">\(text(history.kind)) of \(text(history.cluster)), \(text(history.from)) to \(text(history.to)), \(text(time))</p>
            """
    }

    private var changes: String { list("What moved", history.changes) }

    /// A lane for each node: when what was done there.
    private var timeline: String {
        guard let length = RunTime.between(history.from, history.to), length > 0 else { return "" }
        let acts = history.parts.flatMap(\.acts).filter { $0.from != nil && $0.state != "was so" }
        let lanes = Set(acts.map { $0.node ?? "cluster" }).sorted().map { lane in
            let bars = acts.filter { ($0.node ?? "cluster") == lane }.map { bar($0, length) }.joined()
            return "<div class=\"lane\"><b>\(text(lane))</b><div class=\"bar\">\(bars)</div></div>"
        }
        return "<h2>When</h2>\n" + lanes.joined(separator: "\n")
    }

    private func bar(_ act: RunHistory.Act, _ length: Int64) -> String {
        let start = RunTime.between(history.from, act.from) ?? 0
        let seconds = RunTime.between(act.from, act.to ?? history.to) ?? 0
        func percent(_ part: Int64) -> String { "\(Double(part * 10_000 / length) / 100)%" }
        let title = "\(act.what): \(act.state), \(seconds) s"
        return
            "<i class=\"\(Self.word(act.state))\" style=\"left:\(percent(start));width:\(percent(seconds))\" title=\"\(text(title))\"></i>"
    }

    private var notes: String { list("Who drove it", history.notes.map { "\($0.at)  \($0.text)" }) }

    private var steps: String {
        let parts = history.parts.map { part in
            let rows = part.acts.map { act in
                let seconds = RunTime.between(act.from, act.to).flatMap { $0 > 0 ? "\($0) s" : nil } ?? ""
                let detail = act.detail.map { "<div class=\"d\">\(text($0))</div>" } ?? ""
                return "<tr><td class=\"s \(Self.word(act.state))\">\(text(act.state))</td>"
                    + "<td class=\"w\">\(text(act.node ?? ""))</td><td>\(text(act.what))\(detail)</td><td class=\"n\">\(seconds)</td></tr>"
            }
            return "<h3>\(text(part.title))</h3>\n<table>\(rows.joined(separator: "\n"))</table>"
        }
        return "<h2>Plan, and what happened</h2>\n" + parts.joined(separator: "\n")
    }

    private var findings: String {
        list(
            "What was known before",
            history.findings.map { finding in
                "\(finding.code) \(finding.severity.rawValue): \(finding.what)"
                    + (finding.why.isEmpty ? "" : " (\(finding.why.joined(separator: "; ")))")
            })
    }

    private func list(_ title: String, _ lines: [String]) -> String {
        guard !lines.isEmpty else { return "" }
        return "<h2>\(text(title))</h2>\n<ul>\(lines.map { "<li>\(text($0))</li>" }.joined(separator: "\n"))</ul>"
    }

    /// The first word of a state, as a class.
    private static func word(_ state: String) -> String { state.split(separator: " ").first.map(String.init) ?? "" }

    /// Names and messages are other people's.
    private func text(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
