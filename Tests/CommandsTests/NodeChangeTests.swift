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
            NodeChangeText([guess], style: .plain).lines() == ["a: drained and rebooted: kernel (as evaluated)"]
        )
        guess.certainty = .versions
        #expect(NodeChangeText([guess], style: .plain).lines().last?.hasSuffix("(judged by versions only)") == true)
    }
}
