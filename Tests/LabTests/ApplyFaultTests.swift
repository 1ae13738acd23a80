import Foundation
import Testing

extension ClusterTests.SingleMaster {
    /// A node that is off, a budget that closes after the plan was made, a hook that hangs, and another node that loses power:
    /// each is named, nothing is left cordoned, and the run goes on afterwards.
    @Test(.enabled(if: RestoreBench.isTorture)) func whatStopsAnUpgradeIsNamedAndItGoesOn() throws {
        try ApplyBench.with("single-master") { bench in
            let (master, second, third) = ("grey-area", "congenital-optimist", "limiting-factor")
            try Lab.run("power-cut", third)
            let off = try bench.run(bench.arguments("minor", "--accept", "way-back"))
            #expect(off.exitCode == 20 && off.errors.contains("KUP-P030"), "\(off.exitCode) \(off.errors)")
            try Lab.run("start", third)
            try Lab.waitUntilReady()
            #expect(try bench.traces() == [])

            try bench.deployHeld(on: master)
            let before = try bench.systems(master)
            let held = try HeldUpgrade(bench, "pre-drain-\(master)")
            let running = try bench.runs.start(
                bench.arguments("minor", "--accept", "way-back", "--drain-limit", "75", "--gate-limit", "120"))
            try held.reach("pre-drain-\(master)", running)
            try bench.allowHeld(nothing: true)
            try held.write("on-wait", "#!/bin/sh\ncat >\(bench.backups.scratch.path)/waited\n")
            try held.release("pre-drain-\(master)")
            let stuck = running.finish()
            #expect(stuck.exitCode == 1 && stuck.errors.contains("default/held"), "\(stuck.exitCode) \(stuck.errors)")
            #expect(try bench.cordoned() == [])
            #expect(try bench.systems(master) == before)
            let waited = try String(contentsOfFile: bench.backups.scratch.path + "/waited", encoding: .utf8)
            #expect(waited.contains("default/held") && waited.contains("\"\(master)\""), "\(waited)")
            try bench.allowHeld(nothing: false)

            try held.write("post-drain", "#!/bin/sh\nexec sleep 1000\n")
            let began = Date()
            let hung = try bench.run(bench.resume())
            #expect(hung.exitCode == 1 && hung.errors.contains("post-drain says stop"), "\(hung.errors)")
            #expect(hung.errors.contains("took longer than 120"), "\(hung.errors)")
            #expect(Date().timeIntervalSince(began) < 400)
            #expect(try bench.systems(master) == before)
            try held.write("post-drain", "#!/bin/sh\n")

            try held.hold("post-activate-\(master)")
            let rebuilding = try bench.runs.start(bench.resume())
            try held.reach("post-activate-\(master)", rebuilding)
            try Lab.run("power-cut", second)
            try held.release("post-activate-\(master)")
            let without = rebuilding.finish()
            #expect(without.exitCode != 0 && without.errors.contains(second), "\(without.exitCode) \(without.errors)")
            #expect(try bench.cordoned().filter { $0 != master }.isEmpty)
            try Lab.run("start", second)
            try Lab.waitUntilReady()

            let done = try bench.run(bench.resume())
            #expect(done.exitCode == 0, "\(done.output)\(done.errors)")
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            #expect(try bench.cordoned() == [] && bench.traces() == [])
            for node in ApplyBench.nodes {
                #expect(try Set(bench.systems(node)).count == 1)
                #expect(try bench.intents("1.21/\(node)/activate") == 1)
            }
        }
    }
}

extension ClusterTests.ThreeMasters {
    /// While one master is rebuilt another loses power: there is a quorum without it, and nothing goes on until it is back.
    @Test(.enabled(if: RestoreBench.isTorture)) func anotherMasterLosesPowerMeanwhile() throws {
        try ApplyBench.with("three-masters") { bench in
            let points = ApplyBench.nodes.map { "post-activate-\($0)" }
            let held = try HeldUpgrade(bench)
            for point in points { try held.hold(point) }
            let running = try bench.runs.start(bench.arguments("minor", "--accept", "way-back"))
            let first = try held.reachAny(points, running)
            let other = try #require(ApplyBench.nodes.last { !first.hasSuffix($0) })
            try Lab.run("power-cut", other)
            for point in points { try held.release(point) }
            // Long enough for a run that does not look to drain the next one.
            Thread.sleep(forTimeInterval: 40)
            let versions = try bench.kubelets().filter { $0.hasSuffix("1.21.0+lab") }
            #expect(versions.count <= 1, "\(versions)")
            try Lab.run("start", other)
            var result = running.finish()
            if result.exitCode != 0 {
                try Lab.waitUntilReady()
                result = try bench.run(bench.resume())
            }
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            #expect(try bench.kubelets() == ApplyBench.all("1.21.0+lab"))
            #expect(try bench.cordoned() == [] && bench.traces() == [])
            for node in ApplyBench.nodes { #expect(try bench.intents("1.21/\(node)/activate") == 1) }
        }
    }
}

extension ApplyBench {
    private static let held = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: held, namespace: default}
        spec:
          selector: {matchLabels: {app: held}}
          template:
            metadata: {labels: {app: held}}
            spec:
              terminationGracePeriodSeconds: 1
              nodeSelector: {kubernetes.io/hostname: NODE}
              containers:
                - {name: main, image: "docker.io/lab/probe:1", imagePullPolicy: Never, args: [listen, "8080", held]}
        ---
        apiVersion: policy/v1beta1
        kind: PodDisruptionBudget
        metadata: {name: held, namespace: default}
        spec: {minAvailable: 0, selector: {matchLabels: {app: held}}}
        """

    /// A pod that runs on one node only, with a budget of its own.
    func deployHeld(on node: String) throws {
        let text = Self.held.replacing("NODE", with: node)
        _ = try Lab.kubectl("apply", "-f", try backups.scratch.write("held.yaml", text))
        _ = try Lab.kubectl("rollout", "status", "deployment/held", "--timeout=25s")
    }

    func allowHeld(nothing: Bool) throws {
        _ = try Lab.kubectl(
            "patch", "pdb", "held", "--type=merge", "-p", "{\"spec\":{\"minAvailable\":\(nothing ? 1 : 0)}}")
        _ = try Lab.eventually(within: 30, "the budget's new answer") {
            let allowed = try Lab.kubectl("get", "pdb", "held", "-o", "jsonpath={.status.disruptionsAllowed}")
            return (allowed.isEmpty || allowed == "0") == nothing ? true : nil
        }
    }
}
