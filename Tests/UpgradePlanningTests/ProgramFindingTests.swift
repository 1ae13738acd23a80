import Plans
import Testing
import UpgradePlanning

@Suite("findings on programs and their options")
struct ProgramFindingTests {
    private static let node = "grey-area"

    /// Kubernetes 1.34 on all, and 1.35 offered.
    private static func modern(to minor: Int = 35) -> TestCluster {
        var cluster = TestCluster.threeMasters(bridges: [])
        for name in ["grey-area", "congenital-optimist", "limiting-factor"] {
            cluster.setVersion(Version(1, minor - 1, 1), of: TestCluster.kubernetesParts, on: name)
            cluster.setVersion(Version(2, 1, 4), of: [.containerd], on: name)
        }
        cluster.offers {
            $0.kubernetes = Version(1, minor, 2)
            $0.containerd = Version(2, 1, 4)
        }
        return cluster
    }

    private static func closure(
        _ unit: String, _ arguments: [String], refusals: [String]? = nil, unjudged: [String]? = nil
    ) -> ClosureFacts {
        let line = CommandLineFacts(executable: "/bin/x", arguments: arguments, environment: [:])
        return ClosureFacts(
            certainty: refusals == nil ? .evaluated : .built, boot: BootFacts(),
            units: [unit: UnitFileFacts(digest: "1", commandLine: line, refusals: refusals, unjudgedGates: unjudged)])
    }

    private static func offering(_ closure: ClosureFacts) -> @Sendable (inout TestCluster) -> Void {
        { $0.offers { $0.closure = closure } }
    }

    static let cases: [FindingCase] = [
        .shows(
            "KUP-P070", .blocker, "a removed flag, by table", in: modern(),
            offering(closure("kubelet.service", ["--pod-infra-container-image=pause"]))),
        .shows(
            "KUP-P070", .blocker, "a removed gate, by table", in: modern(),
            offering(closure("kube-apiserver.service", ["--feature-gates=ServerSideApply=true,Other=false"]))),
        .shows(
            "KUP-P070", .blocker, "a gate that 1.36 removed", in: modern(to: 36),
            offering(closure("kubelet.service", ["--feature-gates=MemoryManager=true"]))),
        .absent(
            "KUP-P070", "a gate that only the next minor removes", in: modern(),
            offering(closure("kubelet.service", ["--feature-gates=MemoryManager=true"]))),
        .shows(
            "KUP-P070", .blocker, "a removed plugin that is disabled", in: modern(),
            offering(closure("kube-apiserver.service", ["--disable-admission-plugins=SecurityContextDeny"]))),
        .shows(
            "KUP-P070", .blocker, "a removed plugin, by table", in: modern(),
            offering(
                closure("kube-apiserver.service", ["--enable-admission-plugins=NodeRestriction,SecurityContextDeny"]))),
        .shows("KUP-P070", .warning, "a removed gate of the kubelet's file of today", in: modern()) { cluster in
            offering(closure("kubelet.service", ["--config=/x"]))(&cluster)
            cluster.host(node) { $0.platform.kubeletGates = ["CPUManager": true] }
        },
        .shows(
            "KUP-P070", .blocker, "what the program refuses", in: modern(),
            offering(closure("kubelet.service", ["--made-up=1"], refusals: ["--made-up"]))),
        .shows(
            "KUP-P070", .blocker, "a removed gate that the program says nothing about", in: modern(),
            offering(
                closure("kubelet.service", ["--feature-gates=CPUManager=true"], refusals: [], unjudged: ["CPUManager"]))
        ),
        .absent(
            "KUP-P070", "a gate that the program takes, whatever the table says", in: modern(),
            offering(closure("kubelet.service", ["--feature-gates=CPUManager=true"], refusals: [], unjudged: []))),
        .absent(
            "KUP-P070", "what the program takes, whatever the table says", in: modern(),
            offering(closure("kubelet.service", ["--pod-infra-container-image=pause"], refusals: []))),
        .absent(
            "KUP-P070", "a flag that is still there", in: modern(to: 34),
            offering(closure("kubelet.service", ["--pod-infra-container-image=pause"]))),

        .shows("KUP-P071", .blocker, "containerd 1.7 for 1.36", in: modern(to: 36)) {
            $0.offers { $0.containerd = Version(1, 7, 23) }
        },
        .absent("KUP-P071", "containerd 2 for 1.36", in: modern(to: 36)) { _ in },
        .absent("KUP-P071", "containerd 1.7 for 1.35", in: modern()) {
            $0.offers { $0.containerd = Version(1, 7, 23) }
        },

        .shows("KUP-P072", .blocker, "cgroup v1 for 1.35", in: modern()) {
            $0.host(node) { $0.platform.cgroupVersion = 1 }
        },
        .shows("KUP-P072", .warning, "a kubelet that is told to start on cgroup v1", in: modern()) {
            $0.host(node) { ($0.platform.cgroupVersion, $0.platform.kubeletFailsOnOldControlGroups) = (1, false) }
        },
        .shows("KUP-P072", .warning, "cgroup v1 for 1.34", in: modern(to: 34)) {
            $0.host(node) { $0.platform.cgroupVersion = 1 }
        },
        .shows("KUP-P072", .notice, "cgroup v1 long before") { $0.host(node) { $0.platform.cgroupVersion = 1 } },
        .absent("KUP-P072", "cgroup v2", in: modern()) { _ in },

        .shows("KUP-P073", .warning, "a pinned package", in: modern()) {
            $0.offers { $0.moduleKubernetes = Version(1, 34, 1) }
        },
        .absent("KUP-P073", "one nixpkgs", in: modern()) { $0.offers { $0.moduleKubernetes = Version(1, 35, 0) } },

        .shows("KUP-P074", .notice, "a new minor that could emulate", in: modern()) { _ in },
        .absent("KUP-P074", "a minor too old for it"),
        .absent(
            "KUP-P074", "one that emulates", in: modern(),
            offering(closure("kube-apiserver.service", ["--emulated-version=1.34"]))),

        .shows("KUP-P075", .notice, "a minor that was only read about", in: modern()) { _ in },
        .shows("KUP-P075", .warning, "a minor that nobody knows", in: modern(to: 39)) { _ in },
        .shows("KUP-P075", .notice, "a NixOS that was only read about") {
            $0.host(node) { $0.nixosVersion = "26.05.20261003.825e202" }
        },
        .shows("KUP-P075", .warning, "a NixOS of tomorrow") { $0.host(node) { $0.nixosVersion = "27.05.abc" } },
        .shows("KUP-P075", .warning, "a Nix that nobody knows") { $0.offers { $0.nix = Version(3, 0, 1) } },
        .shows("KUP-P075", .notice, "the lab's stamps, which are no 1.21 and no 1.22") { _ in },
        .absent("KUP-P075", "what was tried") {
            for node in $0.facts.nodes { $0.host(node.name.text) { $0.nixosVersion = nil } }
            $0.offers { ($0.kubernetes, $0.nixos, $0.nix) = (TestCluster.labNow, nil, Version(2, 8, 0)) }
        },

        .shows("KUP-P076", .warning, "a short name") {
            $0.host(node) { $0.platform.containerd.sandboxImage = "pause:latest" }
        },
        .shows("KUP-P076", .warning, "a name with a folder") {
            $0.host(node) { $0.platform.containerd.sandboxImage = "library/pause:latest" }
        },
        .absent("KUP-P076", "a full name") {
            $0.host(node) { $0.platform.containerd.sandboxImage = "docker.io/library/pause:latest" }
        },
        .shows("KUP-P077", .warning, "Cilium's plugin") {
            $0.host(node) { $0.platform.foreignNetworkPlugins = ["cilium-cni"] }
        },
        .absent("KUP-P077", "NixOS's own"),
        .absent("KUP-P077", "Cilium's plugin, and a start that leaves it") {
            $0.host(node) {
                $0.platform.foreignNetworkPlugins = ["cilium-cni"]
                $0.platform.wipesNetworkPlugins = false
            }
        },
        .shows("KUP-P078", .notice, "CoreDNS and an addon manager") { cluster in
            cluster.host(node) { $0.units.append(TestCluster.unit("kube-addon-manager.service")) }
            cluster.kubernetes {
                $0.pods = [TestPod.make("coredns", in: "kube-system", on: node, labels: ["k8s-app": "kube-dns"])]
            }
        },
        .absent("KUP-P078", "no addon manager"),
    ]

    @Test("shown where they should be", arguments: cases)
    func finding(_ example: FindingCase) { example.check() }

    @Test("an apiserver that emulates keeps the way back free, and ends it when it no longer does")
    func emulation() {
        var cluster = Self.modern()
        Self.offering(Self.closure("kube-apiserver.service", ["--emulated-version=1.34"]))(&cluster)
        #expect(cluster.plan().steps.allSatisfy { $0.wayBack == .free })
        var second = Self.modern()
        for name in ["grey-area", "congenital-optimist", "limiting-factor"] {
            second.setVersion(Version(1, 35, 2), of: TestCluster.kubernetesParts, on: name)
            second.host(name) {
                $0.closure = .seen(Self.closure("kube-apiserver.service", ["--emulated-version=1.34"]))
                $0.nixosVersion = "old"
            }
        }
        second.offers { $0.closure = Self.closure("kube-apiserver.service", ["--v=2"]) }
        #expect(second.plan().steps.contains { $0.wayBack == .needsRestore })
    }
}
