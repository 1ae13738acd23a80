import Foundation
import Testing

extension ClusterTests.ThreeMasters {
    /// A minor, node by node, killed once in the middle; a client writes all the time, and a budget is watched from outside.
    @Test func aMinorIsAppliedNodeByNode() throws {
        try ApplyBench.with("three-masters") { bench in
            let folder = bench.backups.scratch.path + "/witness"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let witness = try ClusterWitness(folder, servers: ["10.77.0.11", "10.77.0.12", "10.77.0.13"])
            // Killed while the second node is drained.
            let killed = try bench.runs.kill(bench.arguments("minor", "--accept", "way-back"), atLine: 62)
            #expect(killed == nil, "\(killed?.output ?? "")\(killed?.errors ?? "")")
            let result = try bench.run(bench.resume())
            let report = try witness.finish()
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            #expect(try bench.cordoned() == [])
            #expect(try bench.traces() == [])
            for node in ApplyBench.nodes {
                let systems = try bench.systems(node)
                #expect(Set(systems).count == 1 && systems[0].contains("21.03pre"), "\(node): \(systems)")
                #expect(try bench.intents("1.21/\(node)/activate") == 1)
                let started = try Lab.on(node, "systemctl", "show", "-p", "ActiveState", "--value", "kube-apiserver")
                #expect(started == "active")
            }
            #expect(report.lost.isEmpty && report.writes > 50, "\(report)")
            #expect(report.unread.isEmpty, "\(report)")
            #expect(report.fewest >= 2, "\(report)")
            // The archive is not pinned any more, and there is nothing left to do.
            #expect(try bench.backups.run("backup", "list").output.contains("upgrade-") == false)
            let again = try bench.run(bench.arguments("minor"))
            #expect(again.exitCode == 0, "\(again.output)\(again.errors)")
            #expect(!again.output.contains("done: "))
        }
    }
}

extension ClusterTests.SingleMaster {
    /// The apiserver that never gets ready: the first node goes back, the rest is untouched, the cluster serves.
    @Test(.enabled(if: RestoreBench.isTorture)) func anApiserverThatNeverGetsReadyGoesBack() throws {
        try ApplyBench.with("single-master") { bench in
            let before = try ApplyBench.nodes.map(bench.systems)
            let result = try bench.run(
                bench.arguments("never-ready", "--accept", "way-back", "--gate-limit", "40"))
            #expect(result.exitCode == 1, "\(result.errors)")
            #expect(result.errors.contains("apiserver"), "\(result.errors)")
            let undone = try bench.run(bench.resume("undo"))
            #expect(undone.exitCode == 0, "\(undone.errors)")
            try Lab.waitUntilReady()
            #expect(try bench.kubelets() == ApplyBench.all("1.20.2"))
            #expect(try ApplyBench.nodes.map(bench.systems) == before)
            #expect(try bench.cordoned() == [] && bench.traces() == [])
            #expect(try bench.backups.create().exitCode == 0)
        }
    }

    /// A rebuild that kills the node's network: nobody can reach it, and the guard brings the old system back.
    @Test(.enabled(if: RestoreBench.isTorture)) func aNodeThatLosesItsNetworkComesBackByItself() throws {
        try ApplyBench.with("single-master") { bench in
            let before = try bench.systems("congenital-optimist")
            let result = try bench.run(bench.arguments("no-network", "--guard-limit", "30", "--gate-limit", "150"))
            #expect(result.exitCode == 1, "\(result.errors)")
            #expect(result.errors.contains("the guard brought the old system back"), "\(result.errors)")
            #expect(try bench.systems("congenital-optimist") == before)
            let undone = try bench.run(bench.resume("undo"))
            #expect(undone.exitCode == 0, "\(undone.errors)")
            #expect(try bench.cordoned() == [] && bench.traces() == [])
        }
    }

    /// What people do meanwhile, and what a plan cannot be performed for.
    @Test(.enabled(if: RestoreBench.isTorture)) func whatIsInTheWayIsSaid() throws {
        try ApplyBench.with("single-master") { bench in
            let plan = bench.backups.scratch.path + "/plan.json"
            let written = try bench.run(
                ["plan", "--channel", "path:\(Lab.state)/channels/minor", "--offline", "--out", plan])
            #expect(written.exitCode == 0)
            // Nobody said that the way back may end.
            let lost = try bench.run(bench.arguments("minor"))
            #expect(lost.exitCode == 20 && lost.errors.contains("KUP-E125"), "\(lost.errors)")
            // By version alone nobody knows what to activate.
            let version = try bench.run(["apply", "--to", "1.21.0", "--yes", "--accept", "way-back"])
            #expect(version.exitCode == 64 && version.errors.contains("KUP-E127"), "\(version.errors)")
            // Somebody cordoned a node since.
            _ = try Lab.kubectl("cordon", "limiting-factor")
            let stale = try bench.run(bench.arguments("minor", "--accept", "way-back") + [plan])
            #expect(stale.exitCode == 21 && stale.errors.contains("KUP-E126"), "\(stale.errors)")
            _ = try Lab.kubectl("uncordon", "limiting-factor")
            #expect(try bench.traces() == [])

            // A budget that never yields, and a second upgrade beside the first.
            _ = try Lab.kubectl("scale", "deployment/web", "--replicas=2")
            _ = try Lab.eventually(within: 30, "a budget that allows nothing") {
                try Lab.kubectl(
                    "get", "pdb", "web", "-o", "jsonpath={.status.expectedPods} {.status.disruptionsAllowed}")
                    == "2 0" ? true : nil
            }
            let refused = try bench.run(bench.arguments("minor", "--accept", "way-back"))
            #expect(refused.exitCode == 20 && refused.errors.contains("KUP-P080"), "\(refused.errors)")
        }
    }
}

extension ClusterTests.SingleMaster {
    /// From 1.20 to 1.22 in one run, by the pin for the minor between, with another kernel each time: six boots. The machine
    /// that drives it dies in the middle, and another one goes on.
    @Test(.enabled(if: RestoreBench.isTorture)) func theSkippedMinorIsBridgedInOneRun() throws {
        try ApplyBench.with("single-master") { bench in
            #expect(
                try bench.runs.kill(bench.arguments("next-etcd-3.4", "--accept", "way-back"), atLine: 50) == nil)
            try bench.runs.fallSilent()
            // A plan that this machine has never seen is not agreed to by a yes alone.
            let blind = try bench.run(bench.resume("resume", "--take-over"), machine: "b")
            #expect(blind.exitCode == 20 && blind.errors.contains("KUP-E119"), "\(blind.errors)")
            #expect(blind.output.contains("reboot") && blind.output.contains("/nix/store/"), "\(blind.output)")
            let result = try bench.run(bench.resume() + bench.runs.takingOver(from: "a"), machine: "b")
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            #expect(try bench.kubelets() == ApplyBench.all("1.22.0+lab"))
            #expect(try bench.cordoned() == [] && bench.traces() == [])
            for node in ApplyBench.nodes {
                let systems = try bench.systems(node)
                #expect(Set(systems).count == 1 && systems[0].contains("21.05"), "\(node): \(systems)")
                #expect(try Lab.on(node, "readlink", "-f", "/run/booted-system") == systems[0])
                for minor in ["1.21", "1.22"] {
                    let step = "\(minor)/\(node)/reboot"
                    #expect(try bench.intents(step, machine: "b") == 1, "\(step)")
                }
            }
            let shown = try bench.run(["status", try #require(try bench.lastRun("b"))], machine: "b")
            #expect(shown.exitCode == 0 && shown.output.contains("  done"), "\(shown)")
        }
    }

    /// The user's programs are heard at each point, and ArgoCD does nothing meanwhile.
    @Test(.enabled(if: RestoreBench.isTorture)) func hooksDecideAndArgoCDIsPaused() throws {
        try ApplyBench.with("single-master") { bench in
            let hooks = try bench.makeHooks()
            let result = try bench.run(bench.arguments("ollama") + ["--accept", "way-back"])
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.errors.contains("says later: ") && result.errors.contains("a model is loaded"))
            let points = try String(contentsOfFile: hooks + "/seen", encoding: .utf8)
                .split(separator: "\n").map(String.init)
            #expect(
                points == [
                    "pre-run", "pause-gitops", "pre-node", "pre-activate", "pre-activate", "post-activate",
                    "post-node", "resume-gitops", "post-run",
                ])
            let report = try bench.run(["report", "--output", "json"]).output
            #expect(report.contains("hook post-node: noted"), "\(report)")
            // While the node was activated both were paused, and afterwards only the one that was before.
            #expect(try String(contentsOfFile: hooks + "/paused", encoding: .utf8) == "true true")
            #expect(try bench.paused() == ["theirs"])
            // One that says stop ends the run where nothing has changed yet.
            try "exit 1".write(toFile: hooks + "/pre-activate.d/10-say", atomically: false, encoding: .utf8)
            let stopped = try bench.run(bench.arguments("kernel"))
            #expect(stopped.exitCode == 1 && stopped.errors.contains("pre-activate says stop"), "\(stopped.errors)")
            #expect(try bench.run(bench.resume("undo")).exitCode == 0)
            #expect(try bench.paused() == ["theirs"] && bench.cordoned() == [] && bench.traces() == [])
        }
    }
}

extension ClusterTests.SingleMaster {
    /// Killed at each line of its journal and gone on with, through one whole upgrade; every tenth time by another machine.
    @Test(.enabled(if: RestoreBench.isTorture)) func anUpgradeKilledAtEveryLineEndsTheSame() throws {
        try ApplyBench.with("single-master") { bench in
            var machine = "a"
            var rounds = 0
            #expect(try bench.runs.kill(bench.arguments("minor", "--accept", "way-back"), atLine: 1) == nil)
            while true {
                rounds += 1
                try #require(rounds < 300)
                var arguments = bench.resume()
                if rounds % 10 == 0 {
                    // By its name: before it has the lock nobody else is in its way.
                    arguments += try bench.runs.takingOver(from: machine) + [try #require(try bench.lastRun("a"))]
                    machine = machine == "a" ? "b" : "a"
                    try bench.runs.fallSilent()
                }
                let start = max(bench.runs.lines("a"), bench.runs.lines("b"))
                // Its first line is that it goes on, and one that only says again what was known is no further.
                let next = try 2 + bench.repeats(machine)
                if let result = try bench.runs.kill(arguments, atLine: start + next, machine: machine) {
                    // Killed after the last line it has ended, and nobody knows but the journal.
                    #expect(
                        result.exitCode == 0 || result.errors.contains("KUP-E120"),
                        "round \(rounds): \(result.output)\(result.errors)")
                    break
                }
            }
            #expect(rounds > 40)
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            #expect(try bench.cordoned() == [])
            #expect(try bench.traces() == [])
            for node in ApplyBench.nodes {
                #expect(try Set(bench.systems(node)).count == 1)
                // The unit that activates left its name in the host's journal once.
                let activations = try Lab.on(
                    node, "sh", "-c",
                    "journalctl -o cat --no-pager | grep -c 'Starting kupgrade-upgrade-.*-activate.service' || true")
                #expect(Int(activations) ?? 9 <= 1, "\(node): \(activations)")
                #expect(try bench.intents("1.21/\(node)/drain", machine: machine) == 1, "\(node)")
            }
        }
    }
}

extension ClusterTests.SingleMaster {
    /// The host of a Forgejo is not changed while somebody pushes, and done only when it serves again.
    @Test(.enabled(if: RestoreBench.isTorture)) func forgejoAndOllamaAreAskedBeforeTheirHostsAreChanged() throws {
        func hook(_ point: String, _ node: String, _ name: String = "forgejo") throws -> Program.Result {
            let number = 1 + (ApplyBench.nodes.firstIndex(of: node) ?? 0)
            let script = """
                at=$(mktemp); echo http://10.77.0.1\(number):11434 >$at; code=0
                printf '{\\n  "node" : "\(node)",\\n  "point" : "\(point)"\\n}\\n' |
                  KUPGRADE_OLLAMA_URL_FILE=$at KUPGRADE_SSH='ssh -F \(Lab.state)/ssh_config' \
                  \(Program.root)/hooks/\(name) || code=$?
                rm -f $at; exit $code
                """
            return try Program.run("/bin/sh", ["-c", script], limit: 90)
        }
        // A model is loaded on one of them.
        let busy = try hook("pre-drain", "congenital-optimist", "ollama")
        #expect(busy.exitCode == 75 && busy.errors.contains("llama3:8b"), "\(busy)")
        #expect(try hook("pre-drain", "limiting-factor", "ollama").exitCode == 0)
        #expect(try hook("pre-activate", "limiting-factor").exitCode == 0)
        #expect(try hook("pre-activate", "grey-area").exitCode == 0)
        #expect(try hook("post-activate", "grey-area").exitCode == 0)
        _ = try Lab.on(
            "grey-area", "systemd-run", "--quiet", "--unit=push", "bash", "-c", "exec -a git-receive-pack sleep 60")
        let pushed = try hook("pre-activate", "grey-area")
        #expect(pushed.exitCode == 75 && pushed.errors.contains("somebody pushes to forgejo"), "\(pushed)")
        _ = try Lab.on("grey-area", "systemctl", "stop", "push", "forgejo")
        let stopped = try hook("post-activate", "grey-area")
        _ = try Lab.on("grey-area", "systemctl", "start", "forgejo")
        #expect(stopped.exitCode == 75 && stopped.errors.contains("forgejo does not run"), "\(stopped)")
        _ = try Lab.eventually(within: 20, "it serves") {
            try hook("post-activate", "grey-area").exitCode == 0 ? true : nil
        }
    }
}

extension ClusterTests.ThreeMasters {
    /// Member after member, with no minor of Kubernetes beside it.
    @Test(.enabled(if: RestoreBench.isTorture)) func anEtcdMinorIsARunOfItsOwn() throws {
        try ApplyBench.with("three-masters") { bench in
            let result = try bench.run(bench.arguments("etcd-3.5", "--accept", "way-back"))
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            let (facts, exitCode) = try Kupgrade.facts()
            #expect(exitCode == 0)
            let versions = facts["etcd"].array.compactMap { $0["status"]["value"]["version"].text }
            #expect(versions.count == 3 && versions.allSatisfy { $0.hasPrefix("3.5.") }, "\(versions)")
            #expect(try bench.kubelets() == ApplyBench.all("1.20.2"))
            #expect(try bench.cordoned() == [] && bench.traces() == [])
            // Back goes nothing by generations.
            let back = try bench.run(bench.rollback("--accept", "lab"))
            #expect(back.exitCode == 20 && back.errors.contains("KUP-E129"), "\(back)")
            #expect(try bench.backups.create().exitCode == 0)
            try etcdIsTooOldForTheNextMinor()
        }
    }

    /// 3.6 takes over from 3.5.24 on only.
    private func etcdIsTooOldForTheNextMinor() throws {
        try Scratch.with { scratch in
            let channel = scratch.path + "/channel"
            _ = try Program.run("/bin/cp", ["-r", Lab.state + "/channels/etcd-3.5", channel])
            _ = try Program.run(
                "/bin/sed",
                ["-i", "s|etcd = { version = \"[0-9.]*|etcd = { version = \"3.6.6|", channel + "/versions.nix"])
            let plan = try PlanFindings(["--channel", "path:\(channel)"])
            #expect(
                plan.all.contains { $0["code"].text == "KUP-P009" && $0["severity"].text == "blocker" }, "\(plan.said)")
        }
    }
}
