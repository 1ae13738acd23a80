import ArgumentParser
import Foundation
import Plans
import Terminal
import Testing
import UpgradePlanning

@testable import Commands

/// Facts of a real cluster of three masters, one of them off, planned for several versions.
@Suite struct ViewTests {
    private func facts() throws -> ClusterFacts {
        try JSONDecoder().decode(ClusterFacts.self, from: fixture("facts.json"))
    }

    private func plan(_ version: Version) throws -> (text: String, plan: Plan) {
        let facts = try facts()
        let offers = Dictionary(
            uniqueKeysWithValues: facts.nodes.map {
                ($0.name, Observed<NodeOffer>.seen(NodeOffer(kubernetes: version)))
            })
        let request = PlanRequest(
            facts: facts, channel: ChannelFacts(source: .version(version), offers: offers, bridges: []))
        let plan = Planner.plan(request)
        return (PlanView(plan: plan, request: request, style: .plain).text(), plan)
    }

    @Test func factsAsText() throws {
        let text = FactsView(facts: try facts(), style: .plain).text()
        #expect(try golden(text, "facts.txt"))
    }

    @Test(arguments: [Version(1, 20, 2), Version(1, 21, 5), Version(1, 24, 1)])
    func planAsText(version: Version) throws {
        let (text, plan) = try plan(version)
        #expect(try golden(text, "plan-\(version).txt"))
        // What is to be pasted stays on one line.
        let remedies = plan.findings.flatMap(\.remedy)
        for line in text.split(separator: "\n") where !remedies.contains(where: line.hasSuffix) {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test func factsSurviveTheirFile() throws {
        let facts = try facts()
        let text = try FactsDocument.encode(facts)
        #expect(try JSONDecoder().decode(ClusterFacts.self, from: Data(text.utf8)) == facts)
        #expect(try FactsDocument.encode(facts) == text)
        #expect(text.contains("PRIVATE KEY") == false)
    }
}

@Suite struct DocumentTests {
    @Test func refusesForeignFacts() throws {
        try TestFolder.with { folder in
            func found(_ text: String) throws -> Problem? {
                let path = try folder.write("facts.json", text)
                return problem { _ = try FactsDocument.read(path, world: folder.world()) }
            }
            #expect(try found("not JSON")?.code == "KUP-E020")
            #expect(try found("{}")?.code == "KUP-E020")
            #expect(try found(#"{"schema": 99}"#)?.code == "KUP-E021")
            #expect(try found(#"{"schema": 99}"#)?.status == .refused)
            let half = try found(#"{"schema": 1, "cluster": "a"}"#)
            #expect(half?.code == "KUP-E020")
            #expect(half?.because.first?.contains("is missing") == true)
            #expect(try found(String(decoding: fixture("facts.json"), as: UTF8.self)) == nil)
        }
    }

    @Test func aProblemHasLines() {
        let problem = Problem(
            "KUP-E999", "it failed", because: ["one", "two"], state: ["untouched"], next: ["kupgrade facts"])
        #expect(
            problem.lines() == [
                "error: it failed  [KUP-E999]", "  because  one", "           two", "  state    untouched",
                "  try      kupgrade facts",
            ])
        #expect(Problem("KUP-E999", "it failed").lines() == ["error: it failed  [KUP-E999]"])
        // Whoever has nothing better to type reads the page.
        #expect(
            Problem("KUP-E002", "no file").lines() == [
                "error: no file  [KUP-E002]", "  try      kupgrade explain KUP-E002",
            ])
    }

    @Test func theCacheIsOnlyACache() throws {
        try TestFolder.with { folder in
            let cache = LineCache(path: folder.path + "/cache/kupgrade/versions.json")
            #expect(cache.load().isEmpty)
            cache.save(["/nix/store/x": "1"])
            #expect(cache.load() == ["/nix/store/x": "1"])
            try folder.write("cache/kupgrade/versions.json", "rubbish")
            #expect(cache.load().isEmpty)
            LineCache(path: "/proc/kup/versions.json").save(["a": "b"])
        }
    }
}

@Suite struct TargetOptionsTests {
    @Test(arguments: [
        ["--to", "1.36.2", "--flake", "."], ["--closure", "a=/x", "--to", "1.36.2"],
        ["--channel", "x", "--to", "1.36.2"],
        ["--channel", "x", "--closure", "a=/x"], ["--flake", ".#grey-area"],
    ])
    func refusesTwoTargets(arguments: [String]) {
        #expect(throws: (any Error).self) { try TargetOptions.parse(arguments) }
    }

    @Test(
        arguments: [
            (["--to", "latest"], "KUP-E041"), (["--closure", "a"], "KUP-E042"), (["--closure", "a=x"], "KUP-E042"),
            ([], "KUP-E040"), (["--to", "1.36.2"], nil), (["--channel", "x", "--flake", "."], nil),
            (["--closure", "a=/x", "--closure", "b=/y"], nil),
        ] as [([String], String?)])
    func saysWhatIsWrong(arguments: [String], code: String?) throws {
        let options = try TargetOptions.parse(arguments)
        let found = problem { _ = try options.observer(nil, world: TestFolder().world()) }
        #expect(found?.code == code)
    }
}

@Suite struct ClusterOfFactsTests {
    private func facts(of cluster: String, _ nodes: [String]) -> ClusterFacts {
        ClusterFacts(
            cluster: cluster, observedAt: Instant(secondsSince1970: 1_795_000_000),
            nodes: nodes.compactMap { NodeName($0) }.map {
                NodeFacts(name: $0, addresses: [], host: .absent(Absence(.notAsked, "not asked")))
            }, etcd: [], apiServers: [],
            kubernetes: .absent(Absence(.notAsked, "not asked")))
    }

    @Test func aFileOfAnotherClusterIsRefusedByNameAndElseNotRead() throws {
        try TestFolder.with { folder in
            let path = try folder.write("kupgrade.yaml", "version: 1\nname: home\nnodes: {a: {}}\n")
            func file(_ cluster: String, _ option: String?, _ nodes: [String] = ["a"]) throws -> ClusterFile? {
                try FactsDocument.clusterFile(for: facts(of: cluster, nodes), option: option, world: folder.world())
            }
            #expect(try file("home", nil)?.name == "home")
            #expect(try file("home", path)?.name == "home")
            #expect(try file("work", nil) == nil)
            // Another cluster that is called the same, and one that has grown since.
            #expect(try file("home", nil, ["b"]) == nil)
            #expect(problem { _ = try file("home", path, ["b"]) }?.code == "KUP-E022")
            #expect(problem { _ = try file("home", nil, ["a", "b"]) }?.because == ["only one of them has b"])
            #expect(problem { _ = try file("work", path) }?.code == "KUP-E022")
        }
    }
}

@Suite struct ClosureOwnerTests {
    @Test(arguments: [
        ("/nix/store/x-nixos-system-grey-area-26.05.1", "grey-area"),
        ("/nix/store/x-nixos-system-grey-area-two-26.05.1", "grey-area-two"),
        ("/nix/store/x-nixos-system-other-26.05.1", nil), ("/nix/store/x-ollama-1", nil), ("/tmp", nil),
    ])
    func isReadFromTheName(path: String, owner: String?) {
        let nodes = ["grey-area", "grey-area-two"].compactMap { NodeName($0) }
        #expect(TargetOptions.owner(of: path, among: nodes)?.text == owner)
    }
}

@Suite struct PlanFileTests {
    @Test(
        arguments: [
            (nil, "KUP-E002"), ("", "KUP-E124"), ("{", "KUP-E124"), ("{\"schema\": 1}", "KUP-E124"),
        ] as [(String?, String)])
    func whatIsNoPlanIsRefused(text: String?, code: String) throws {
        try TestFolder.with { folder in
            if let text { try folder.write("plan.json", text) }
            #expect(problem { _ = try PlanFile.read(folder.path + "/plan.json", folder.world()) }?.code == code)
        }
    }
}

@Suite struct ExitStatusTests {
    @Test func theNumbersStay() {
        #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 10, 11, 12, 20, 21, 64, 130])
    }

    @Test(
        arguments: [
            (["--version"], 0), (["explain", "KUP-E001"], 0), (["explain", "KUP-X"], 64), (["no-such-verb"], 64),
            (["plan", "--to", "1.36.2", "--flake", "."], 64), (["facts", "-f", "/kup/no/such/file"], 64),
            (["facts", "-f", "/"], 20), (["explain", "KUP-E050"], 0), (["init", "--node", "-x y"], 64),
            (["-f", "/kup/no/such/file"], 64),
        ] as [([String], Int32)])
    func wordsHaveAStatus(arguments: [String], status: Int32) async {
        #expect(await Kupgrade.status(of: arguments) == status)
    }
}
