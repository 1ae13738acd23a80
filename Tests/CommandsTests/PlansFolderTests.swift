import Foundation
import Plans
import Testing
import UpgradePlanning

@testable import Commands

/// The cluster files that users start from, each with facts of a real cluster, and what kupgrade says of it.
@Suite struct PlansFolderTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "plans").path
    static let names = ["home-lab", "single-master", "three-masters", "two-masters"]

    private func facts(_ name: String) throws -> ClusterFacts {
        try JSONDecoder().decode(
            ClusterFacts.self, from: try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name).facts.json")))
    }

    @Test(arguments: names) func theFileFitsTheFacts(name: String) throws {
        let text = try String(contentsOfFile: "\(Self.folder)/\(name).yaml", encoding: .utf8)
        let file = try ClusterFileReader(path: "\(Self.folder)/\(name).yaml").read(text)
        #expect(Set(file.nodes.map(\.name)) == Set(try facts(name).nodes.map(\.name)))
    }

    /// As `kupgrade plan --facts NAME.facts.json --to 1.21.0` prints it.
    @Test(arguments: names) func thePlan(name: String) throws {
        let facts = try facts(name)
        let target = Version(1, 21, 0)
        let offers = Dictionary(
            uniqueKeysWithValues: facts.nodes.map { ($0.name, Observed.seen(NodeOffer(kubernetes: target))) })
        let request = PlanRequest(
            facts: facts, channel: ChannelFacts(source: .version(target), offers: offers, bridges: []))
        let text = PlanView(plan: Planner.plan(request), request: request, style: .plain).text()
        #expect(try golden(text, "../../../plans/\(name).plan.txt"))
    }

    /// As `kupgrade doctor --facts NAME.facts.json` prints it.
    @Test(arguments: names) func theDiagnosis(name: String) throws {
        let view = DiagnosisView(diagnosis: Doctor.examine(try facts(name)), style: .plain, showsAll: false)
        #expect(try golden(view.text(), "../../../plans/\(name).doctor.txt"))
    }
}

@Suite struct ReadmeTests {
    /// The table of versions in the README is the one that findings go by.
    @Test func theTableOfVersionsIsTrue() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let lines = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8).split(separator: "\n")
        for row in SeenVersions.all {
            let cells = try #require(lines.first { $0.hasPrefix("| \(row.name) | ") }).split(separator: "|")
            #expect(cells[2].contains("\(row.text(row.read.lowerBound)) to \(row.text(row.read.upperBound))"))
            for seen in [row.seen.first, row.seen.last].compactMap({ $0 }) {
                #expect(cells[1].contains(row.text(seen)), "\(row.name)")
            }
        }
    }
}
