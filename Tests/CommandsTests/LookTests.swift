import Foundation
import Observation
import Plans
import Testing
import UpgradePlanning

@testable import Commands

/// Doctor and status of the recorded cluster: three masters, one of them off.
@Suite struct LookTests {
    private func facts() throws -> ClusterFacts {
        try JSONDecoder().decode(ClusterFacts.self, from: fixture("facts.json"))
    }

    @Test func doctorAsText() throws {
        let diagnosis = Doctor.examine(try facts())
        let text = DiagnosisView(diagnosis: diagnosis, style: .plain, showsAll: false).text()
        #expect(try golden(text, "doctor.txt"))
        let all = DiagnosisView(diagnosis: diagnosis, style: .plain, showsAll: true).text()
        #expect(all.split(separator: "\n").count > text.split(separator: "\n").count)
        #expect(diagnosis.count(.fail) > 0)
        #expect(diagnosis.checks.allSatisfy { $0.node == nil || diagnosis.nodes.contains($0.node ?? "") })
    }

    @Test func statusAsText() throws {
        let text = StatusView(status: ClusterStatus(try facts()), style: .plain).text()
        #expect(try golden(text, "status.txt"))
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test func findingsThatNodesShareAreShownOnce() {
        func finding(_ node: String, _ why: String) -> Finding {
            Finding(
                code: "KUP-P072", severity: .warning, node: node, what: "\(node) uses cgroup v1", why: [why],
                remedy: ["ssh \(node) true"])
        }
        let lines = FindingsText([finding("a1", "x"), finding("b2", "x"), finding("c3", "y")], style: .plain).lines()
        #expect(
            lines == [
                "warning  KUP-P072  a1, b2: uses cgroup v1", "         x", "  try  ssh a1 true",
                "       ssh b2 true",
                "warning  KUP-P072  c3 uses cgroup v1", "         y", "  try  ssh c3 true",
            ])
    }

    @Test func aCatalogIsReadWithoutAKey() throws {
        try TestFolder.with { folder in
            let entry = """
                {"format": 1, "name": "home-1", "cluster": "home", "clusterID": "c1", "createdAt": "2026-11-22T02:30:00Z",
                 "grade": "proven", "reasons": [], "revision": 42, "keys": 7, "size": 9, "sha256": "00",
                 "kubernetes": "1.34.1", "etcd": "3.6.6", "nodes": ["a"], "recipients": ["age1x"],
                 "hasEncryptionKeys": false, "unknownKey": true}
                """
            try folder.write("archives/home-1.json", entry)
            try folder.write("archives/home-1.tar.zst.age", "123456789")
            for (name, content) in [("short", "1"), ("linked", nil), ("alone", nil)] as [(String, String?)] {
                try folder.write(
                    "archives/\(name).json", entry.replacingOccurrences(of: "home-1", with: name))
                if let content { try folder.write("archives/\(name).tar.zst.age", content) }
            }
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/archives/linked.tar.zst.age",
                withDestinationPath: folder.path + "/archives/home-1.tar.zst.age")
            try folder.write(
                "archives/newer.json", entry.replacingOccurrences(of: "\"format\": 1", with: "\"format\": 2"))
            try folder.write("archives/rubbish.json", "{")
            let path = folder.path + "/archives"
            #expect(CatalogReader.read(path, cluster: "home").value?.map(\.name) == ["home-1"])
            #expect(CatalogReader.read(path, cluster: "other").value == [])
            #expect(CatalogReader.read(path + "/none", cluster: "home").absence?.code == .missing)
        }
    }
}

/// What the parser says of wrong words, as an error like any other.
@Suite struct WrongWordsTests {
    @Test(
        arguments: [
            (
                "Error: Unknown option '--x'. Did you mean '--y'?\nUsage: kupgrade plan [--y]\n  See 'kupgrade plan --help' for more information.",
                [
                    "error: unknown option '--x'. Did you mean '--y'?  [KUP-E008]",
                    "  because  Usage: kupgrade plan [--y]", "  try      kupgrade plan --help",
                ]
            ),
            (
                "Error: Unexpected argument 'plann'",
                [
                    "error: unexpected argument 'plann'. Did you mean 'plan'?  [KUP-E008]",
                    "  try      kupgrade --help",
                ]
            ),
            (
                "Error: Unexpected argument 'creat'",
                [
                    "error: unexpected argument 'creat'. Did you mean 'create'?  [KUP-E008]",
                    "  try      kupgrade --help",
                ]
            ),
            ("Error: NAME is missing", ["error: NAME is missing  [KUP-E008]", "  try      kupgrade --help"]),
            ("", ["error: the command line is not understood  [KUP-E008]", "  try      kupgrade --help"]),
        ])
    func areOneError(text: String, lines: [String]) {
        let problem = Problem(wrongWords: text, verbs: RootCommand.verbs)
        #expect(problem.lines() == lines)
        #expect(problem.status == .usage)
    }
}
