import ArgumentParser
import Terminal
import UpgradePlanning

/// `kupgrade explain`: what a code means, offline.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say what a code means and what to do about it.",
        discussion: "Without a code it lists them all. Works offline.")

    @Argument(help: "A code such as KUP-P001.")
    var code: String?

    func run() throws {
        let world = World.live()
        guard let code else {
            let table = Table(["code", "severity", "about"], rows: Pages.all.map { [$0.code, $0.severity, $0.title] })
            world.output(table.lines().joined(separator: "\n") + "\n")
            return
        }
        // `P050`, too.
        let upper = code.uppercased()
        let wanted = upper.hasPrefix("KUP-") ? upper : "KUP-" + upper
        guard let page = Pages.all.first(where: { $0.code == wanted }) else {
            throw Problem(
                "KUP-E050", "there is no code \(code)", next: ["kupgrade explain  # lists all"], status: .usage)
        }
        world.output(page.text(style: world.outputStyle))
    }
}

/// Every page there is: findings of plans, and errors of the program.
enum Pages {
    struct Page {
        var code: String
        var severity: String
        var title: String
        var sections: [(heading: String, paragraphs: [String])]

        func text(style: Style) -> String {
            var lines = [style("\(code)  \(title)", .heading) + "  (\(severity))"]
            for section in sections where !section.paragraphs.isEmpty {
                lines += ["", style(section.heading, .emphasis)]
                for paragraph in section.paragraphs { lines += TextWidth.wrap(paragraph, width: 80, indent: "  ") }
            }
            return lines.joined(separator: "\n") + "\n"
        }
    }

    static let all: [Page] = (Explanations.all.map(Page.init) + ErrorPages.all).sorted { $0.code < $1.code }
}

extension Pages.Page {
    init(_ page: Explanation) {
        self.init(
            code: page.code, severity: page.severity.rawValue, title: page.title,
            sections: [
                ("Meaning", [page.meaning]), ("Likely causes", page.causes), ("What kupgrade does", [page.behaviour]),
                ("What to do", page.remedies),
            ])
    }
}
