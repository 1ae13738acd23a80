import Foundation
import Testing

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
