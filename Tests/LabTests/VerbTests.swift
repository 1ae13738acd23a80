import Foundation
import Testing
import Yams

/// The verbs around plan and facts, started as a new user would.
extension ClusterTests.SingleMaster {
    /// `init` with these words writes a file with which the cluster is seen whole.
    private func check(initialized words: [String]) throws {
        try Scratch.with { scratch in
            let path = scratch.path + "/kupgrade.yaml"
            let made = try Program.run(
                Program.kupgrade, ["init", "--ssh-config", Lab.state + "/ssh_config", "--out", path] + words)
            #expect(made.exitCode == 0, "\(made.errors)")
            #expect(made.errors.contains("Next: kupgrade doctor"))
            let (facts, exitCode) = try Kupgrade.facts(cluster: path)
            #expect(exitCode == 0)
            let nodes = try JSON(text: try Lab.kubectl("get", "nodes", "-o", "json"))["items"].array
            let names = nodes.compactMap { $0["metadata"]["name"].text }
            #expect(facts["nodes"].array.compactMap { $0["name"].text } == names.sorted())
            let before = try String(contentsOfFile: path, encoding: .utf8)
            let again = try Program.run(Program.kupgrade, ["init", "--out", path] + words)
            #expect(again.exitCode == 64 && again.errors.contains("[KUP-E060]"), "\(again.errors)")
            #expect(try String(contentsOfFile: path, encoding: .utf8) == before)
            let config = try Kupgrade.run("config", "explain", cluster: path)
            #expect(config.exitCode == 0 && names.allSatisfy(config.output.contains), "\(config.errors)")
        }
    }

    @Test func initFindsTheClusterFromAMaster() throws {
        try check(initialized: ["--node", "root@grey-area"])
    }

    @Test func initFindsTheClusterFromAKubeconfig() throws {
        try check(initialized: ["--kubeconfig", Lab.state + "/kubeconfig"])
    }

    @Test func aMasterThatIsNoneIsSaid() throws {
        let result = try Program.run(
            Program.kupgrade,
            ["init", "--ssh-config", Lab.state + "/ssh_config", "--out", "-", "--node", "root@limiting-factor"])
        #expect(result.exitCode == 1)
        #expect(result.errors.contains("[KUP-E063]") && result.output.isEmpty, "\(result.errors)")
    }

    @Test func statusSaysWhatKubernetesSays() throws {
        let result = try Kupgrade.run("status", "--output", "json")
        #expect(result.exitCode == 0, "\(result.errors)")
        let status = try JSON(text: result.output)
        for item in try JSON(text: try Lab.kubectl("get", "nodes", "-o", "json"))["items"].array {
            let name = item["metadata"]["name"].text ?? ""
            let seen = status["nodes"].first("name", name)
            let ready = item["status"]["conditions"].first("type", "Ready")["status"].text == "True"
            #expect(seen["state"].text == (ready ? "Ready" : "not ready"))
            #expect(seen["pods"].number == (try Lab.pods(on: name).count))
            #expect(seen["generation"].number == 2)
        }
        #expect(status["etcdMembers"].number == 1 && status["etcdVoters"].number == 1)
        #expect(status["apiServersReady"].number == 1)
        let text = try Kupgrade.run("status").output
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    }

    @Test func doctorShowsWhatIsWellOnRequest() throws {
        let result = try Kupgrade.run("doctor", "--all")
        #expect(result.output.contains("  ok    KUP-P040"), "\(result.output)\(result.errors)")
        #expect(!(try Kupgrade.run("doctor").output.contains("  ok    KUP-P040")))
        #expect(result.output.contains(" checks in "))
    }

    @Test func withoutAVerbItSaysWhatToType() throws {
        let result = try Kupgrade.run()
        #expect(result.exitCode == 0)
        #expect(result.output.contains("kupgrade plan") && result.output.contains("3 nodes"))
    }

    @Test func aCordonIsForeignAndIsLeftAlone() throws {
        _ = try Lab.kubectl("cordon", "limiting-factor")
        defer { _ = try? Lab.kubectl("uncordon", "limiting-factor") }
        let checks = try JSON(text: try Kupgrade.run("doctor", "--output", "json").output)["checks"].array
        #expect(checks.contains { $0["code"].text == "KUP-P032" && $0["node"].text == "limiting-factor" })
        let status = try JSON(text: try Kupgrade.run("status", "--output", "json").output)
        #expect(status["nodes"].first("name", "limiting-factor")["state"].text == "Ready, cordoned")
    }
}

extension ClusterTests.SingleMaster {
    /// The script of the workflow that plans on pull requests, in a checkout of the flake, away from the cluster.
    private func workflow(flakeInput channel: String, in scratch: Scratch) throws -> Program.Result {
        let text = try String(contentsOfFile: Program.root + "/hooks/forgejo-action.yaml", encoding: .utf8)
        let job = try #require(try Yams.load(yaml: text) as? [String: Any])["jobs"] as? [String: Any]
        let steps = try #require((job?["plan"] as? [String: Any])?["steps"] as? [[String: Any]])
        let script = try #require(steps.last?["run"] as? String)
        let checkout = scratch.path + "/checkout"
        _ = try Program.run("/bin/cp", ["-r", Lab.state + "/flake", checkout])
        _ = try Program.run("/bin/cp", [scratch.path + "/latest.json", checkout + "/latest.json"])
        _ = try Program.run(
            "/bin/sed", ["-i", "s#channels/[a-z]*#channels/\(channel)#", checkout + "/flake.nix"])
        try scratch.write("script", "cd \(checkout) && rm -f flake.lock\n" + script)
        let path = URL(filePath: Program.kupgrade).deletingLastPathComponent().path
        return try Program.run(
            "/usr/bin/env",
            [
                Lab.nix, "PATH=\(path):/usr/bin:/bin", "GITHUB_STEP_SUMMARY=\(scratch.path)/summary", "bash", "-e",
                scratch.path + "/script",
            ])
    }

    @Test func aWorkflowPlansWithoutACluster() throws {
        try Scratch.with { scratch in
            try scratch.write("latest.json", try Kupgrade.run("facts", "--output", "json").output)
            for (channel, status, words) in [
                ("today", 0, "Nothing to do"), ("ollama", 0, "ollama"), ("next", 1, "something is in the way"),
            ] {
                let result = try workflow(flakeInput: channel, in: scratch)
                #expect(result.exitCode == Int32(status), "\(channel): \(result.output)\(result.errors)")
                #expect(result.output.contains(words), "\(channel): \(result.output)\(result.errors)")
            }
            let summary = try String(contentsOfFile: scratch.path + "/summary", encoding: .utf8)
            #expect(summary.contains("```\nPlan for lab"))
        }
    }
}
