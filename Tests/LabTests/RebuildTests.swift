import Foundation
import Testing

extension ClusterTests.SingleMaster {
    private func plan(_ channel: String, _ options: [String] = []) throws -> JSON {
        let arguments =
            ["plan", "--output", "json", "--channel", "path:\(Lab.state)/channels/\(channel)"] + options
            + ["--cluster", Lab.cluster]
        let result = try Program.run("/usr/bin/env", [Lab.nix, Program.kupgrade] + arguments, limit: 300)
        return try JSON(text: result.output)
    }

    @Test func aRebuildThatOnlyMovesOllamaDoesNotTouchKubernetes() throws {
        for options in [[], ["--build"]] {
            let plan = try plan("ollama", options)
            let nodes = plan["goal"]["nodes"].array
            #expect(nodes.map { $0["node"].text } == ["congenital-optimist"])
            #expect(nodes.first?["impact"]["kind"].text == "untouched")
            #expect(nodes.first?["restarts"].array.compactMap(\.text) == ["ollama.service"])
            let moved = nodes.first?["packages"].first("name", "ollama")
            #expect(moved?["from"].array.compactMap(\.text) == ["0.3.1"])
            #expect(moved?["to"].array.compactMap(\.text) == ["0.4.0"])
            guard !options.isEmpty else { continue }
            #expect(nodes.first?["certainty"].text == "built")
            // Only that, as the hosts' own switch-to-configuration says.
            let said = try dryActivate("congenital-optimist", channel: "ollama")
            #expect(said.contains("would stop the following units: ollama.service"), "\(said)")
        }
    }

    @Test func anotherKernelIsAReboot() throws {
        let nodes = try plan("kernel")["goal"]["nodes"].array
        #expect(nodes.count == 3)
        for node in nodes {
            #expect(node["impact"]["kind"].text == "reboot")
            #expect(node["reasons"].array.first?.text == "kernel 5.4.102 -> 5.4.103")
            #expect(node["restarts"].array.isEmpty)
        }
    }

    @Test func aNixOSThatGoesBackIsSaid() throws {
        let found = try plan("before")["findings"].array.filter { $0["code"].text == "KUP-P004" }
        #expect(found.count == 3)
        for finding in found {
            #expect(finding["severity"].text == "warning")
            let why = finding["why"].array.compactMap(\.text)
            #expect(
                why.contains { $0.hasPrefix("NixOS runs 20.09.20210305") && $0.contains("20.09.20210101") }, "\(why)")
            #expect(why.contains("kernel runs 5.4.102, is offered 5.4.80"), "\(why)")
        }
    }

    @Test func aFlagThatTheKubeletRefusesIsABlocker() throws {
        let plan = try plan("refused-flag", ["--build"])
        let finding = plan["findings"].first("code", "KUP-P070")
        #expect(finding["severity"].text == "blocker")
        #expect(finding["why"].array.first?.text?.contains("--no-such-flag") == true)
        // The kubelet itself says so.
        let kubelet = try Lab.kubernetes("1.21.0+lab") + "/kubelet"
        let said = try Program.run(kubelet, ["--no-such-flag=1", "--help"])
        #expect((said.output + said.errors).contains("unknown flag: --no-such-flag"))
        // And takes all the others.
        let names = plan["findings"].array.filter { $0["code"].text == "KUP-P070" }
        #expect(names.allSatisfy { $0["why"].array.first?.text?.contains(",") == false })
    }

    /// What switch-to-configuration of the new system would do, on the host itself.
    private func dryActivate(_ node: String, channel: String) throws -> String {
        let top = try Lab.bring(
            node, options: ["--override-input", "nixpkgs", "path:\(Lab.state)/channels/\(channel)"])
        return try Lab.on(node, "sh", "-c", "\(top)/bin/switch-to-configuration dry-activate 2>&1")
    }

    /// One on each node, by a rule that counts a drained node too.
    private static let spread = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: spread, namespace: shop}
        spec:
          replicas: 3
          selector: {matchLabels: {app: spread}}
          template:
            metadata: {labels: {app: spread}}
            spec:
              topologySpreadConstraints:
                - maxSkew: 1
                  topologyKey: kubernetes.io/hostname
                  whenUnsatisfiable: DoNotSchedule
                  labelSelector: {matchLabels: {app: spread}}
              containers:
                - {name: main, image: "docker.io/lab/probe:1", imagePullPolicy: Never, args: [listen, "8080", spread]}
        """

    /// Nothing brings it back, and nothing needs to.
    private static func ended(on node: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: ended, namespace: shop}
        spec:
          nodeName: \(node)
          restartPolicy: Never
          containers:
            - {name: main, image: "docker.io/lab/probe:1", imagePullPolicy: Never, args: [no-such-verb]}
        """
    }

    @Test(arguments: RestoreBench.isTorture ? ApplyBench.nodes : ["congenital-optimist"])
    func aDrainDoesWhatWasForecast(node: String) throws {
        try Lab.waitUntilReady()
        try Lab.run("workloads")
        try Scratch.with { scratch in
            _ = try Lab.kubectl("apply", "-f", try scratch.write("spread.yaml", Self.spread))
            _ = try Lab.kubectl("-n", "shop", "rollout", "status", "deployment/spread", "--timeout=25s")
            _ = try Lab.kubectl("apply", "-f", try scratch.write("ended.yaml", Self.ended(on: node)))
        }
        defer { _ = try? Lab.kubectl("-n", "shop", "delete", "deployment/spread", "pod/ended", "--ignore-not-found") }
        try Lab.eventually(within: 30, "a pod that has run to its end") {
            try Lab.kubectl("-n", "shop", "get", "pod", "ended", "-o", "jsonpath={.status.phase}") == "Failed"
                ? () : nil
        }
        let forecast = try JSON(text: try Kupgrade.run("plan", "--output", "json").output)["goal"]["nodes"]
            .first("node", node)["drain"]
        let before = try Lab.pods(on: node)
        let withData = try Lab.kubectl(
            "get", "pods", "-A", "--field-selector", "spec.nodeName=\(node)", "-o",
            "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.spec.volumes[*].emptyDir}{\"\\n\"}{end}"
        ).split(separator: "\n").filter { $0.contains("{") || $0.contains("map[") }.map { $0.prefix { $0 != " " } }
        let drained = try Program.run(
            try Lab.kubernetes("1.20.2") + "/kubectl",
            [
                "--kubeconfig", Lab.state + "/kubeconfig", "drain", node, "--ignore-daemonsets",
                "--delete-emptydir-data",
                "--force", "--timeout=40s",
            ], limit: 80)
        defer { _ = try? Lab.kubectl("uncordon", node) }
        let after = try Lab.pods(on: node).filter { !$0.isTerminating }
        let stayed = Set(after.map(\.uid))
        func names(_ list: String) -> Set<String> { Set(forecast[list].array.compactMap { $0["pod"].text }) }
        let gone = before.filter { !stayed.contains($0.uid) }.map(\.name)
        #expect(Set(gone) == names("evictions"), "\(drained.output)\(drained.errors)")
        #expect(gone.contains("shop/ended"))
        #expect(
            Set(after.map(\.name)) == names("blocks").union(forecast["stays"].array.compactMap(\.text)),
            "\(drained.output)\(drained.errors)")
        for block in names("blocks") {
            #expect(drained.errors.contains(block.split(separator: "/")[1]), "\(drained.errors)")
        }
        // What a budget let go later only, kubectl was refused at first; which of its pods that is, is chance.
        func owner(_ pod: Substring) -> Substring { pod.prefix(upTo: pod.lastIndex(of: "-") ?? pod.endIndex) }
        let refused = Set(
            drained.errors.split(separator: "\n").filter { $0.hasPrefix("error when evicting") }.compactMap { line in
                line.split(separator: "\"").dropFirst().first
            }
        ).subtracting(names("blocks").map { $0.split(separator: "/")[1] })
        let later = forecast["evictions"].array.filter { ($0["wave"].number ?? 1) > 1 }
            .compactMap { $0["pod"].text?.split(separator: "/").last }
        #expect(refused.map(owner).sorted() == later.map(owner).sorted(), "\(drained.errors)")
        let lost = forecast["localData"].array.filter { $0["fate"].text == "lost" }.compactMap { $0["pod"].text }
        let stays = Set(after.map(\.name))
        #expect(
            Set(lost) == Set(withData.map(String.init)).subtracting(stays).subtracting(["shop/ended"]), "\(withData)")
        // Pods whose successor was said to find no node have one that waits; a StatefulSet's comes when its
        // predecessor is gone.
        let waiting = forecast["evictions"].array.filter { $0["pendingBecause"].isPresent }
        let expected = waiting.compactMap { $0["pod"].text }
        do {
            try Lab.eventually(within: 60, "successors of \(expected)") {
                try Lab.pods(on: "").count == waiting.count ? () : nil
            }
        } catch {
            Issue.record("\(error); Pending: \(try Lab.pods(on: "")); \(drained.output)\(drained.errors)")
        }
        #expect(waiting.contains { $0["pod"].text?.hasPrefix("shop/spread-") == true }, "\(waiting)")
        _ = try Lab.kubectl("uncordon", node)
        try Lab.run("workloads")
    }
}

extension ClusterTests.SingleMaster {
    /// What the user's own command prints is what is planned for.
    @Test func aCommandOfTheUserBuilds() throws {
        try Scratch.with { scratch in
            let text = try String(contentsOfFile: Lab.cluster, encoding: .utf8)
            #expect(text.contains("channel:\n"))
            for (name, nixos) in [("today", nil), ("before", "20.09.20210101.aaaaaaa")] {
                _ = try scratch.write(
                    "build.sh", "echo building $1 >&2; cat \(Lab.state)/closures/$1.\(name)")
                let cluster = try scratch.write(
                    "cluster.yaml",
                    text.replacing("channel:\n", with: "channel:\n  build: sh ./build.sh \"$KUPGRADE_NODE\"\n"))
                let plan = try Program.run(
                    Program.kupgrade,
                    ["plan", "--build", "--offline", "-o", "json", "--cluster", cluster], limit: 120)
                let answer = try JSON(text: plan.output)
                let goal = answer["goal"]["changes"].array.first { $0["name"].text == "nixos" }
                #expect(goal?["to"][0].text == nixos, "\(name): \(plan)")
                let isNothing = answer["findings"].array.contains { $0["code"].text == "KUP-P001" }
                #expect(isNothing == (nixos == nil), "\(name): \(plan)")
            }
        }
    }
}

extension Lab {
    /// Builds a node's system of the lab's flake and copies it there. Returns its store path.
    static func bring(_ node: String, options: [String] = []) throws -> String {
        let built = try Program.run(
            "/usr/bin/env",
            [Lab.nix, "nix", "build", "--no-link", "--json", "--no-write-lock-file"] + options
                + ["path:\(Lab.state)/flake#nixosConfigurations.\(node).config.system.build.toplevel"])
        let top = try #require(try JSON(text: built.output)[0]["outputs"]["out"].text)
        let copied = try Program.run(
            "/usr/bin/env",
            [Lab.nix, "nix", "copy", "--no-check-sigs", "--to", "local?root=\(Lab.state)/hosts/\(node)/root", top])
        guard copied.exitCode == 0 else { throw Failure(text: copied.errors) }
        return top
    }
}
