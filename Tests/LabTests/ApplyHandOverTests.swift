import Foundation
import Testing

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
