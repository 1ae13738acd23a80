import Foundation
import Testing

extension ClusterTests.SingleMaster {
    /// A new apiserver served, then its host lost the network: its guard brings the old system back and holds what must not
    /// read what was written. An undo is refused, and touches none of that.
    @Test(.enabled(if: RestoreBench.isTorture)) func whatAGuardHoldsStaysHeld() throws {
        try ApplyBench.with("single-master") { bench in
            let master = "grey-area"
            let before = try bench.systems(master)
            let result = try bench.run(
                bench.arguments(
                    "minor-no-network", "--accept", "way-back", "--guard-limit", "60", "--gate-limit", "60"))
            #expect(result.exitCode == 1, "\(result.output)\(result.errors)")
            // The old system has the network again; nothing of the control plane runs over what the new one wrote.
            _ = try Lab.eventually(within: 300, "the old system") {
                try bench.systems(master).first == before.first ? true : nil
            }
            let units = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]
            func standing() throws -> [String] {
                try units.map { unit in
                    let said = try Lab.on(
                        master, "sh", "-c",
                        "[ -e /var/lib/kupgrade/holds/\(unit).service ] && echo held; systemctl is-active \(unit) || true"
                    )
                    return "\(unit) \(said.replacing("\n", with: " "))"
                }
            }
            let held = units.map { "\($0) held inactive" }
            _ = try Lab.eventually(within: 60, "what is held") { try standing() == held ? true : nil }
            let undo = try bench.run(bench.resume("undo"))
            #expect(undo.exitCode == 20 && undo.errors.contains("KUP-E113"), "\(undo.errors)")
            #expect(try standing() == held)
            let shown = try bench.run(["status", try #require(try bench.lastRun("a"))])
            #expect(shown.output.contains("resume"), "\(shown.output)")

            // The way out where it can never end: given up, what is held stays so; then back with etcd's data of before.
            let name = try #require(try bench.lastRun("a"))
            let asked = try bench.run(bench.resume("undo", "--give-up").filter { $0 != "--yes" })
            #expect(asked.exitCode == 20 && asked.output.contains("\(master) is left as it is"), "\(asked)")
            let given = try bench.run(bench.resume("undo", "--give-up"))
            #expect(given.exitCode == 0 && given.output.contains("given up: \(name)"), "\(given.output)\(given.errors)")
            #expect(try standing() == held)
            let back = try bench.run(["rollback", name] + bench.rollback("--accept", "lab", "--no-pause").dropFirst())
            #expect(back.exitCode == 0, "\(back.output)\(back.errors)")
            try Lab.waitUntilReady()
            #expect(try bench.kubelets() == ApplyBench.all("1.20.2"))
            #expect(try bench.cordoned() == [] && bench.traces() == [])
            #expect(try bench.systems(master).first == before.first)
        }
    }
}

extension ClusterTests.ThreeMasters {
    /// etcd had three members when the plan was made, and has two when the second master's turn comes: it waits.
    @Test(.enabled(if: RestoreBench.isTorture)) func etcdIsAskedAgainBeforeAMasterIsTaken() throws {
        try ApplyBench.with("three-masters") { bench in
            let held = try HeldUpgrade(bench)
            let points = ApplyBench.nodes.map { "pre-activate-\($0)" }
            for point in points { try held.hold(point) }
            let running = try bench.runs.start(bench.arguments("minor", "--accept", "way-back"))
            let first = try held.reachAny(points, running)
            try held.release(first)
            let rest = points.filter { $0 != first }
            let second = try held.reachAny(rest, running)
            let node = second.replacing("pre-activate-", with: "")
            let third = try #require(ApplyBench.nodes.first { !first.hasSuffix($0) && $0 != node })
            try Lab.run("power-cut", third)
            for point in rest { try held.release(point) }
            func said() -> String {
                (try? String(contentsOfFile: running.folder + "/err", encoding: .utf8)) ?? ""
            }
            _ = try Lab.eventually(within: 120, "it waits for etcd") {
                if !running.process.isRunning { throw Lab.Failure(text: "it ended: \(running.finish())") }
                return said().contains("etcd cannot spare \(node)") ? true : nil
            }
            #expect(try bench.systems(node).first?.contains("20.09") == true)
            // The two that are left serve all the while.
            #expect(try Lab.on(node, "curl", "-sk", "-m", "10", "https://127.0.0.1:6443/readyz") == "ok")
            try Lab.run("start", third)
            var result = running.finish()
            if result.exitCode != 0 {
                try Lab.waitUntilReady()
                result = try bench.run(bench.resume())
            }
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            #expect(try bench.cordoned() == [] && bench.traces() == [])
        }
    }
}
