import Plans
import Terminal
import Testing

@testable import Commands

@Suite struct NodeChangeTests {
    private func change(_ node: String, _ impact: Impact, packages: Int = 1) -> NodeChange {
        NodeChange(
            node: node, impact: impact, certainty: .built, restarts: ["ollama.service"],
            packages: (0..<packages).map { Goal.Change(name: "p\($0)", from: ["1.\($0)"], to: ["2.\($0)"]) })
    }

    @Test func nodesToWhichTheSameHappensAreShownOnce() {
        let text = NodeChangeText(
            [change("b", .untouched), change("a", .untouched), change("c", .drain)], style: .plain)
        #expect(
            text.lines() == [
                "a, b: Kubernetes is not touched", "    restarts ollama", "    p0: 1.0 -> 2.0",
                "c: drained first", "    restarts ollama", "    p0: 1.0 -> 2.0",
            ])
    }

    @Test func aLongListIsCutAndSaysSo() {
        let lines = NodeChangeText([change("a", .untouched, packages: 20)], style: .plain).lines()
        #expect(lines.last == "    and 8 more packages (-o json has them all)")
        #expect(lines.count == 15)
    }

    @Test func whatIsLessSureSaysSo() {
        var guess = NodeChange(node: "a", impact: .reboot, certainty: .evaluated, reasons: ["kernel"])
        #expect(
            NodeChangeText([guess], style: .plain).lines() == [
                "a: drained and rebooted: kernel (as evaluated)", "packages that no unit names are named with --build",
            ]
        )
        guess.certainty = .versions
        #expect(NodeChangeText([guess], style: .plain).lines().last?.hasSuffix("(judged by versions only)") == true)
    }

    @Test(
        arguments: [
            ([Impact.reboot, .reboot], "a: drained and rebooted, twice (judged by versions only)"),
            ([.drain, .drain, .drain], "a: drained first, 3 times (judged by versions only)"),
            ([.drain, .reboot], "a: drained first, then drained and rebooted (judged by versions only)"),
        ])
    func eachHopSaysWhatItDoes(impacts: [Impact], line: String) {
        var change = NodeChange(node: "a", impact: .reboot, certainty: .versions)
        change.impacts = impacts
        #expect(NodeChangeText([change], style: .plain).lines() == [line])
    }

    @Test func whatEarlierDrainsBringIsSaidWhereThereAreSeveral() {
        func drained(_ node: String, owner: String?) -> NodeChange {
            let pod = DrainForecast.Eviction(pod: "shop/web", owner: owner, wave: 1, graceSeconds: 30)
            let drain = DrainForecast(node: node, evictions: [pod])
            return NodeChange(node: node, impact: .drain, certainty: .built, drain: drain)
        }
        func says(_ changes: [NodeChange]) -> Bool {
            NodeChangeText(changes, style: .plain).lines().contains { $0.contains("the ones before it brought") }
        }
        #expect(says([drained("a", owner: "ReplicaSet web"), drained("b", owner: nil)]))
        #expect(!says([drained("a", owner: "ReplicaSet web")]))
        #expect(!says([drained("a", owner: nil), drained("b", owner: nil)]))
    }
}

@Suite struct StepTextTests {
    @Test(
        arguments: [
            ("etcd-3.5/a/activate", "activate etcd 3.5.16 (NixOS 22.05)"),
            ("preparation/etcd-3.5/a/build", "activate etcd 3.5.16 (NixOS 22.05)"),
            ("1.22/etcd-1/activate", "activate Kubernetes 1.22.1 (NixOS 22.05)"),
            ("preparation/1.22/etcd-1/build", "activate Kubernetes 1.22.1 (NixOS 22.05)"),
        ])
    func aHopOfEtcdNamesEtcd(id: String, text: String) {
        let target = SystemTarget(source: ".", kubernetes: "1.22.1", etcd: "3.5.16", nixos: "22.05")
        let action = Action.activate(Activation(target: target, bootDefault: .atCommit))
        let step = Step(id: id, node: "a", action: action, impact: .drain, undo: .nothing, wayBack: .free)
        #expect(StepText.text(step) == text)
    }
}
