import Plans
import Testing

@testable import UpgradePlanning

/// What a rebuild that leaves Kubernetes' versions alone does to a node.
@Suite("impact by closures")
struct ImpactTests {
    private static func path(_ name: String, _ letter: String = "a") -> StorePath? {
        StorePath(containing: "/nix/store/\(String(repeating: letter, count: 32))-\(name)")
    }

    private static func closure(_ units: [String: String], kernel: String = "linux-6.1.55") -> ClosureFacts {
        ClosureFacts(
            certainty: .built, boot: BootFacts(kernel: path(kernel), systemd: path("systemd-258.1")),
            initInterface: "systemd 2", inhibitors: ["dbus-implementation": "dbus"],
            units: units.mapValues { UnitFileFacts(digest: $0) }, packages: ["nvidia-x11": ["580.95"]])
    }

    private static func node(_ closure: ClosureFacts) -> NodeState {
        var node = NodeState(nil, object: nil, apiServer: nil, etcd: nil)
        node.components = [.kubelet, .proxy]
        node.running = [.kubelet: TestCluster.labNow, .proxy: TestCluster.labNow]
        node.installed = node.running
        (node.currentKernel, node.bootedKernel) = ("6.1.55", "6.1.55")
        node.toplevel = path("nixos-system-a", "a")
        node.closure = closure
        node.booted = closure.boot
        node.activeUnits = Set(closure.units.keys)
        return node
    }

    private static let before = closure(["kubelet.service": "1", "ollama.service": "1"])

    private static func impact(_ after: ClosureFacts, _ change: (inout NodeState) -> Void = { _ in }) -> Impact {
        var node = node(before)
        change(&node)
        let offer = NodeOffer(
            kubernetes: TestCluster.labNow, kernel: "6.1.55", toplevel: path("nixos-system-a", "b"), closure: after)
        return ImpactRule.impact(of: offer, on: node)
    }

    @Test("only Ollama moves: Kubernetes is not touched")
    func untouched() {
        #expect(Self.impact(Self.closure(["kubelet.service": "1", "ollama.service": "2"])) == .untouched)
    }

    @Test("the kubelet's file changes: it restarts, and nothing is drained")
    func restarts() {
        let found = Self.impact(Self.closure(["kubelet.service": "2", "ollama.service": "2"]))
        #expect(found == .restarts(units: ["kubelet.service"]))
    }

    @Test("nobody knows the new closure: every unit may restart")
    func unknown() {
        let offer = NodeOffer(kubernetes: TestCluster.labNow, toplevel: Self.path("nixos-system-a", "b"))
        let found = ImpactRule.impact(of: offer, on: Self.node(Self.before))
        #expect(found == .restarts(units: ["kubelet.service", "kube-proxy.service"].sorted()))
    }

    @Test("the same closure: nothing")
    func same() {
        let offer = NodeOffer(kubernetes: TestCluster.labNow, toplevel: Self.path("nixos-system-a"))
        #expect(ImpactRule.impact(of: offer, on: Self.node(Self.before)) == .none)
    }

    /// What is only in force after a boot.
    private static let boots: [(String, @Sendable (inout ClosureFacts) -> Void)] = [
        ("kernel", { $0.boot.kernel = path("linux-6.1.56") }),
        ("systemd", { $0.boot.systemd = path("systemd-258.2") }),
        ("init interface", { $0.initInterface = "systemd 3" }),
        ("inhibitor", { $0.inhibitors["dbus-implementation"] = "broker" }),
        ("bus", { $0.units["dbus-broker.service"] = UnitFileFacts(digest: "1") }),
        ("driver", { $0.packages["nvidia-x11"] = ["590.1"] }),
    ]

    @Test("what is only in force after a boot", arguments: boots.indices)
    func reboots(_ index: Int) {
        var after = Self.before
        Self.boots[index].1(&after)
        #expect(Self.impact(after) == .reboot, "\(Self.boots[index].0)")
    }

    @Test("a kernel that was switched to but not booted still asks for the boot")
    func switchedNotBooted() {
        let found = Self.impact(Self.before) { $0.booted.kernel = Self.path("linux-6.1.40") }
        #expect(found == .reboot)
    }

    @Test("the harder of two impacts")
    func harder() {
        #expect(Impact.untouched.harder(.none) == .untouched)
        #expect(Impact.restarts(units: ["b"]).harder(.restarts(units: ["a"])) == .restarts(units: ["a", "b"]))
        #expect(Impact.drain.harder(.restarts(units: ["a"])) == .drain)
        #expect(Impact.drain.harder(.reboot) == .reboot)
    }
}
