import Foundation
import Testing

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
            // Not before its activation was begun, and four stages were taken back until then.
            #expect(refused >= 34)
            #expect(try bench.intents("1.21/grey-area/activate") == 1)
            let done = try bench.run(bench.resume())
            #expect(done.exitCode == 0, "\(done.errors)")
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            #expect(try bench.cordoned() == [] && bench.traces() == [])
        }
    }
}
