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
            let result = try bench.run(bench.resume("resume", "--take-over"), machine: "b")
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
                    machine = machine == "a" ? "b" : "a"
                    // By its name: before it has the lock nobody else is in its way.
                    arguments += ["--take-over", try #require(try bench.lastRun("a"))]
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
                    "journalctl -o cat --no-pager | grep -c 'Start.* kupgrade-upgrade-.*-activate.service' || true")
                #expect(Int(activations) ?? 9 <= 2, "\(node): \(activations)")
            }
        }
    }
}

extension ClusterTests.SingleMaster {
    /// A minor that is done is taken back: etcd as it was before, under the systems that wrote it; and a rebuild that moved
    /// nothing of Kubernetes by generations alone.
    @Test(.enabled(if: RestoreBench.isTorture)) func anUpgradeIsTakenBackWithItsData() throws {
        try ApplyBench.with("single-master") { bench in
            let systems = try ApplyBench.nodes.map(bench.systems)
            #expect(try bench.run(bench.arguments("ollama")).exitCode == 0)
            #expect(try ApplyBench.nodes.map(bench.systems) != systems)
            let free = try bench.run(bench.rollback())
            #expect(free.exitCode == 0 && free.output.contains("is free"), "\(free.output)\(free.errors)")
            #expect(try ApplyBench.nodes.map(bench.systems) == systems)

            try RestoreBench.plant()
            let before = try bench.runs.contents()
            let done = try bench.run(bench.arguments("minor", "--accept", "way-back"))
            #expect(done.exitCode == 0, "\(done.errors)")
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            _ = try Lab.kubectl("create", "configmap", "newer", "--from-literal=a=b")
            // Data is replaced: only by name.
            let refused = try bench.run(bench.rollback())
            #expect(refused.exitCode == 20 && refused.output.contains("what was written since is lost"), "\(refused)")
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            // Killed once in the middle.
            #expect(
                try bench.runs.kill(bench.rollback("--accept", "lab", "--no-pause"), atLine: 36) == nil)
            let back = try bench.run(bench.resume("resume", "--no-pause"))
            #expect(back.exitCode == 0, "\(back.output)\(back.errors)")
            try Lab.waitUntilReady()
            #expect(try bench.kubelets() == ApplyBench.all("1.20.2"))
            #expect(try ApplyBench.nodes.map(bench.systems) == systems)
            #expect(try bench.runs.changes(since: before) == [])
            #expect(try bench.cordoned() == [])
            #expect(try bench.traces() == [])
            #expect(try bench.backups.create().exitCode == 0)
        }
    }
}

extension ClusterTests.SingleMaster {
    /// Kubernetes is well after a rebuild, and Ollama answers, but without the GPU that it had: that is no success.
    @Test(.enabled(if: RestoreBench.isTorture)) func whatTheHostDidBesideKubernetesIsMissed() throws {
        try ApplyBench.with("single-master") { bench in
            let before = try bench.systems("congenital-optimist")
            let result = try bench.run(bench.arguments("no-gpu", "--gate-limit", "30"))
            #expect(result.exitCode == 1, "\(result.errors)")
            #expect(result.errors.contains("Ollama had llama3:8b on the GPU, and has not"), "\(result.errors)")
            let undone = try bench.run(bench.resume("undo"))
            #expect(undone.exitCode == 0, "\(undone.errors)")
            #expect(try bench.systems("congenital-optimist") == before)
            #expect(try bench.cordoned() == [] && bench.traces() == [])
        }
    }

    /// Whoever drove the upgrade is gone for good, with a node cordoned: it takes pods again by itself. Later the run goes on.
    @Test(.enabled(if: RestoreBench.isTorture)) func aNodeThatNobodyDrivesTakesPodsAgain() throws {
        try ApplyBench.with("single-master") { bench in
            let hooks = bench.backups.scratch.path + "/hooks"
            let made = try bench.backups.shell(
                """
                mkdir -p hooks/pre-activate.d; cd hooks
                printf '#!/bin/sh\\ncat >/dev/null; touch \(hooks)/asked; [ -e \(hooks)/go ] || exit 75\\n' >pre-activate.d/10-wait
                chmod 755 pre-activate.d/10-wait; echo 'hooks: \(hooks)' >>\(bench.backups.cluster)
                """)
            #expect(made.exitCode == 0, "\(made.errors)")
            let running = try bench.runs.start(bench.arguments("minor", "--accept", "way-back"), machine: "a")
            _ = try Lab.eventually(within: 240, "the first node is drained") {
                FileManager.default.fileExists(atPath: hooks + "/asked") ? true : nil
            }
            let node = try #require(try bench.cordoned().first)
            _ = try Program.run("/usr/bin/pkill", ["-KILL", "-P", "\(running.process.processIdentifier)"])
            _ = running.finish()
            // Not for a while yet.
            Thread.sleep(forTimeInterval: 25)
            #expect(try bench.cordoned() == [node])
            for host in ApplyBench.nodes {
                _ = try Lab.on(host, "touch", "-d", "31 minutes ago", "/var/lib/kupgrade/run.lock")
            }
            _ = try Lab.eventually(within: 60, "it takes pods") { try bench.cordoned().isEmpty ? true : nil }
            try "".write(toFile: hooks + "/go", atomically: false, encoding: .utf8)
            let result = try bench.run(bench.resume())
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            #expect(result.errors.contains("\(node) took pods again, by itself at 20"), "\(result.errors)")
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            #expect(try bench.cordoned() == [] && bench.traces() == [])
        }
    }
}

extension ClusterTests.SingleMaster {
    /// A worker performs it, under systemd, and boots itself in the middle; the machine that planned it is gone by then.
    @Test(.enabled(if: RestoreBench.isTorture)) func aNodePerformsTheUpgradeItself() throws {
        try ApplyBench.with("single-master") { bench in
            let driver = "limiting-factor"
            let without = try bench.run(bench.arguments("kernel", "--on", driver))
            #expect(without.exitCode == 20 && without.errors.contains("it has no kupgrade"), "\(without.errors)")
            try bench.prepare(driver: driver)
            // It must get to every node by itself, and does not get to one.
            let keys = "\(Lab.state)/hosts/grey-area/root/root/.ssh/authorized_keys"
            let authorized = try String(contentsOfFile: keys, encoding: .utf8)
            let lines = authorized.split(separator: "\n", omittingEmptySubsequences: true)
            try (lines.dropLast().joined(separator: "\n") + "\n").write(
                toFile: keys, atomically: false, encoding: .utf8)
            let alone = try bench.run(bench.arguments("kernel", "--on", driver))
            #expect(alone.exitCode == 20 && alone.errors.contains("grey-area cannot be reached"), "\(alone.errors)")
            #expect(try bench.traces() == [])
            try authorized.write(toFile: keys, atomically: false, encoding: .utf8)

            let running = try bench.runs.start(
                bench.arguments("kernel", "--on", driver, "--signing-key", "/var/lib/kupgrade/signing.key"))
            let run = try Lab.eventually(within: 200, "the run there") {
                try Lab.on(driver, "cut", "-d", " ", "-f1", "/var/lib/kupgrade/run.lock")
            }
            _ = try Program.run("/usr/bin/pkill", ["-KILL", "-P", "\(running.process.processIdentifier)"])
            _ = running.finish()
            let ended = try Lab.eventually(within: 600, "its end") {
                try? Lab.on(driver, "cat", "/var/lib/kupgrade/runs/\(run)/ended")
            }
            let said = try Lab.on(driver, "cat", "/var/lib/kupgrade/runs/\(run)/output")
            #expect(ended == "0", "\(said)")
            for node in ApplyBench.nodes {
                let systems = try bench.systems(node)
                #expect(Set(systems).count == 1, "\(node): \(systems)")
                #expect(try Lab.on(node, "readlink", "-f", "/run/booted-system") == systems[0])
            }
            #expect(try bench.cordoned() == [])
            // Its unit ends after its last word.
            let traces = try Lab.eventually(within: 20, "the end of its unit") {
                let traces = try bench.traces()
                return traces.isEmpty ? traces : nil
            }
            #expect(traces == [])
        }
    }
}

extension ClusterTests.SingleMaster {
    /// The host of a Forgejo is not changed while somebody pushes, and done only when it serves again.
    @Test func forgejoAndOllamaAreAskedBeforeTheirHostsAreChanged() throws {
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

extension ClusterTests.SingleMaster {
    /// Power that is cut between an activation and its commit, a full disk, an apiserver that is away, and what people do.
    @Test(.enabled(if: RestoreBench.isTorture)) func whatHappensMeanwhileIsNoHarm() throws {
        try ApplyBench.with("single-master") { bench in
            let (master, second, third) = ("grey-area", "congenital-optimist", "limiting-factor")
            let held = try HeldUpgrade(bench, "post-activate-\(master)")
            let first = try bench.runs.start(bench.arguments("minor", "--accept", "way-back"))
            try held.reach("post-activate-\(master)", first)
            let beside = try bench.run(bench.arguments("minor", "--accept", "way-back"), machine: "b")
            #expect(beside.exitCode == 11, "\(beside.errors)")
            try held.kill(first)
            // Its new apiserver has written: it comes up new, though nothing was committed.
            try Lab.run("power-cut", master)
            try Lab.run("start", master)
            _ = try Lab.eventually(within: 90, "the new apiserver") {
                try Lab.kubectl("version", "-o", "json").contains("v1.21.0+lab") ? true : nil
            }
            #expect(try bench.systems(master).allSatisfy { $0.contains("21.03pre") })
            try held.release("post-activate-\(master)")

            // The apiserver is away for a while, and somebody cordons the last node.
            try held.hold("pre-drain-\(second)")
            try held.hold("post-activate-\(second)")
            let again = try bench.runs.start(bench.resume())
            try held.reach("pre-drain-\(second)", again)
            _ = try Lab.kubectl("cordon", third)
            _ = try Lab.on(master, "systemctl", "stop", "--no-block", "kube-apiserver")
            try held.release("pre-drain-\(second)")
            Thread.sleep(forTimeInterval: 15)
            _ = try Lab.on(master, "systemctl", "start", "--no-block", "kube-apiserver")
            // A worker that loses power before its commit comes up as it was.
            try held.reach("post-activate-\(second)", again)
            try held.kill(again)
            try Lab.run("power-cut", second)
            try Lab.run("start", second)
            #expect(try bench.systems(second).allSatisfy { $0.contains("20.09") })
            try held.release("post-activate-\(second)")

            // No room for the run's journal where its node has it first.
            try held.hold("pre-activate-\(third)")
            let full = try bench.runs.start(bench.resume())
            try held.reach("pre-activate-\(third)", full)
            let run = try #require(try bench.lastRun("a"))
            let folder = "/var/lib/kupgrade/runs/\(run)"
            _ = try Lab.on(
                third, "sh", "-c",
                "cp -a \(folder) /root/run; mount -t tmpfs -o size=8k none \(folder); head -c 1M /dev/zero >\(folder)/full 2>/dev/null || true"
            )
            try held.release("pre-activate-\(third)")
            let stopped = full.finish()
            #expect(stopped.exitCode == 1, "\(stopped.output)\(stopped.errors)")
            _ = try Lab.on(third, "sh", "-c", "umount \(folder); rm -rf /root/run")
            #expect(try bench.systems(third).allSatisfy { $0.contains("20.09") })

            // Somebody rebuilds it by hand.
            let other = try Lab.on(third, "sh", "-c", "ls -d /nix/store/*-nixos-system-\(third)-20.09.20210101*")
            let today = try #require(try bench.systems(third).first)
            _ = try Lab.on(
                third, "sh", "-c", "\(other)/bin/switch-to-configuration test >/dev/null 2>&1 || true", limit: 60)
            let foreign = try bench.run(bench.resume())
            #expect(foreign.exitCode != 0 && foreign.errors.contains("somebody activated"), "\(foreign.errors)")
            _ = try Lab.on(
                third, "sh", "-c", "\(today)/bin/switch-to-configuration test >/dev/null 2>&1 || true", limit: 60)

            let done = try bench.run(bench.resume())
            #expect(done.exitCode == 0, "\(done.output)\(done.errors)")
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            #expect(try bench.cordoned() == [third])
            #expect(try bench.traces() == [])
            for node in ApplyBench.nodes { #expect(try Set(bench.systems(node)).count == 1) }
        }
    }

    /// The node is well, and whoever drives the run cannot reach it: the guard leaves the new system, and the run goes on.
    @Test(.enabled(if: RestoreBench.isTorture)) func anOperatorWithoutALinkRollsNothingBack() throws {
        try ApplyBench.with("single-master") { bench in
            let node = "congenital-optimist"
            let held = try HeldUpgrade(bench, "post-activate-\(node)")
            let running = try bench.runs.start(
                bench.arguments("minor", "--accept", "way-back", "--guard-limit", "30", "--gate-limit", "300"))
            try held.reach("post-activate-\(node)", running)
            func link(_ verb: String) throws {
                for address in ["10.77.0.254", "10.78.0.254"] {
                    let rule = ["netns", "exec", "kup-n2", "iptables", verb, "INPUT", "-s", address, "-j", "DROP"]
                    #expect(try Program.run("/sbin/ip", rule, limit: 10).exitCode == 0)
                }
            }
            try link("-I")
            try held.release("post-activate-\(node)")
            let verdict = try Lab.eventually(within: 240, "what the guard says") {
                let text = try Lab.on(node, "sh", "-c", "cat /var/lib/kupgrade/guard/verdict 2>/dev/null || true")
                return text.isEmpty ? nil : text
            }
            #expect(verdict == "stayed")
            #expect(try Lab.on(node, "readlink", "-f", "/run/current-system").contains("21.03pre"))
            try link("-D")
            var result = running.finish()
            // It may have given up in between.
            if result.exitCode != 0 { result = try bench.run(bench.resume()) }
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            #expect(try bench.intents("1.21/\(node)/activate") == 1)
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            #expect(try bench.cordoned() == [] && bench.traces() == [])
        }
    }
}

extension ClusterTests.SingleMaster {
    /// Taken back after each number of steps, until the new apiserver was ready: from there on it only goes forward.
    @Test(.enabled(if: RestoreBench.isTorture)) func anUpgradeIsTakenBackFromEveryStage() throws {
        try ApplyBench.with("single-master") { bench in
            let systems = try ApplyBench.nodes.map(bench.systems)
            var refused = 0
            for line in stride(from: 6, through: 76, by: 7) {
                let killed = try bench.runs.kill(bench.arguments("minor", "--accept", "way-back"), atLine: line)
                #expect(killed == nil, "line \(line): \(killed?.errors ?? "")")
                let undone = try bench.run(bench.resume("undo"))
                if undone.exitCode == 20, undone.errors.contains("KUP-E113") {
                    refused = line
                    break
                }
                #expect(undone.exitCode == 0, "line \(line): \(undone.errors)")
                #expect(try ApplyBench.nodes.map(bench.systems) == systems, "line \(line)")
                #expect(try bench.cordoned() == [] && bench.traces() == [], "line \(line)")
                #expect(try bench.kubelets() == ApplyBench.all("1.20.2"))
                #expect(try Lab.on("grey-area", "systemctl", "is-active", "certmgr") == "active")
            }
            #expect(refused > 40)
            let done = try bench.run(bench.resume())
            #expect(done.exitCode == 0, "\(done.errors)")
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            #expect(try bench.cordoned() == [] && bench.traces() == [])
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
        }
    }
}
