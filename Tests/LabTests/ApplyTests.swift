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
            #expect(report.lostWrites == 0 && report.writes > 50, "\(report)")
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
            #expect(result.exitCode == 1 && result.errors.contains("1.21/grey-area/gates"), "\(result.errors)")
            #expect(result.errors.contains("the apiserver on grey-area"), "\(result.errors)")
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
            _ = try Lab.eventually(within: 30, "two pods") {
                try Lab.kubectl("get", "deployment", "web", "-o", "jsonpath={.status.replicas}") == "2" ? true : nil
            }
            let refused = try bench.run(bench.arguments("minor", "--accept", "way-back"))
            #expect(refused.exitCode == 20 && refused.errors.contains("KUP-P080"), "\(refused.errors)")
        }
    }
}
