import Plans
import Testing
import UpgradePlanning

@Suite("drain forecasts")
struct DrainForecastTests {
    private let here = "grey-area"
    private let there = "limiting-factor"

    private func web(_ count: Int, on node: String = "grey-area", from first: Int = 0) -> [PodFacts] {
        (first..<first + count).map { TestPod.make("web-\($0)", on: node, labels: ["app": "web"]) }
    }

    @Test("DaemonSets' pods that run and mirrors stay, the rest leaves at once, and what has ended is nobody's loss")
    func whoLeaves() throws {
        let drain = try #require(
            TestCluster.with([
                TestPod.make("agent", on: here, owner: "DaemonSet"),
                TestPod.make("static", on: here) { $0.isMirror = true },
                TestPod.make("done", on: here, owner: nil) { pod in
                    pod.phase = "Succeeded"
                    pod.volumes = [.emptyDirectory(name: "data", limit: nil)]
                },
                TestPod.make("crashed", on: here, owner: "DaemonSet") { $0.phase = "Failed" },
                TestPod.make("web", on: here),
                TestPod.make("elsewhere", on: there),
            ]).drain(here))
        #expect(drain.stays == ["shop/agent", "shop/static"])
        #expect(drain.evictions.map(\.pod) == ["shop/crashed", "shop/done", "shop/web"])
        #expect(drain.unmanaged.isEmpty && drain.localData.isEmpty)
        #expect(drain.waves == 1 && drain.blocks.isEmpty && drain.pending.isEmpty)
    }

    @Test("a budget lets as many go at a time as it allows", arguments: [(3, 2, 3), (3, 1, 2), (4, 0, 1), (5, 4, 5)])
    func waves(count: Int, min: Int, waves: Int) throws {
        let drain = try #require(
            TestCluster.with(web(count), budgets: [TestPod.budget("web", selecting: "web", min: min, of: count)]).drain(
                here))
        #expect(drain.evictions.count == count)
        #expect(drain.waves == waves)
    }

    @Test("a budget that needs every pod blocks all of them, and says so")
    func never() throws {
        let drain = try #require(
            TestCluster.with(web(3), budgets: [TestPod.budget("web", selecting: "web", min: 3, of: 3)]).drain(here))
        #expect(drain.evictions.isEmpty)
        #expect(drain.blocks.map(\.reason) == Array(repeating: "budget shop/web needs 3, has 3", count: 3))
    }

    @Test("when no successor finds a node, a budget is used up")
    func usedUp() throws {
        var cluster = TestCluster.with(web(3), budgets: [TestPod.budget("web", selecting: "web", min: 2, of: 3)])
        for name in [there, "congenital-optimist"] { cluster.object(name) { $0.isUnschedulable = true } }
        let drain = try #require(cluster.drain(here))
        #expect(drain.evictions.count == 1 && drain.blocks.count == 2)
        #expect(drain.pending.first?.pendingBecause == "2 nodes: cordoned")
    }

    @Test("a pod that is not ready may leave while the others are enough; one that is Pending always")
    func unready() throws {
        var pods = web(3)
        pods[0].isReady = false
        pods.append(
            TestPod.make("web-9", on: here, labels: ["app": "web"]) { ($0.phase, $0.isReady) = ("Pending", false) })
        let budget = TestPod.budget("web", selecting: "web", min: 2, of: 4, healthy: 2)
        let drain = try #require(TestCluster.with(pods, budgets: [budget]).drain(here))
        #expect(Set(drain.evictions.map(\.pod)) == ["shop/web-0", "shop/web-9"])
        #expect(drain.blocks.count == 2)
    }

    @Test("a pod that is not ready may always leave where its budget says so, and nobody while the budget is stale")
    func policies() throws {
        var pods = web(2)
        pods[0].isReady = false
        var budget = TestPod.budget("web", selecting: "web", min: 2, of: 2, healthy: 1)
        budget.letsUnready = true
        let drain = try #require(TestCluster.with(pods, budgets: [budget]).drain(here))
        #expect(drain.evictions.map(\.pod) == ["shop/web-0"])
        var stale = TestPod.budget("web", selecting: "web", min: 0, of: 2)
        stale.isStale = true
        let blocked = try #require(TestCluster.with(web(2), budgets: [stale]).drain(here))
        #expect(blocked.evictions.isEmpty && blocked.blocks.count == 2)
    }

    @Test("a pod that asks for a GPU waits where no other node has one left")
    func devices() throws {
        var pods = [TestPod.make("model", on: here), TestPod.make("other", on: there)]
        for index in pods.indices { pods[index].requestedDevices = ["nvidia.com/gpu": 1] }
        var cluster = TestCluster.with(pods)
        for name in [here, there] { cluster.object(name) { $0.allocatableDevices = ["nvidia.com/gpu": 1] } }
        let drain = try #require(cluster.drain(here))
        #expect(drain.pending.first?.pendingBecause == "2 nodes: no nvidia.com/gpu left")
        cluster.object("congenital-optimist") { $0.allocatableDevices = ["nvidia.com/gpu": 2] }
        #expect(cluster.drain(here)?.pending.isEmpty == true)
    }

    @Test("what goes down with a node is what stops, not what runs on")
    func hostServices() {
        var cluster = TestCluster.with([])
        cluster.host(here) { $0.units.append(TestCluster.unit("ollama.service")) }
        #expect(cluster.drain(here)?.hostServices == [])
        cluster.offers { $0.kernel = "6.6.1" }
        #expect(cluster.drain(here)?.hostServices == ["ollama"])
    }

    @Test("a pod under two budgets can never leave")
    func twoBudgets() throws {
        let budgets = ["a", "b"].map { TestPod.budget($0, selecting: "web", min: 0, of: 1) }
        let drain = try #require(TestCluster.with(web(1), budgets: budgets).drain(here))
        #expect(drain.blocks.map(\.reason) == ["it stands under 2 budgets: shop/a, shop/b"])
    }

    @Test("what binds a successor to its node keeps it Pending")
    func pending() throws {
        let pods = [
            TestPod.make("db-0", on: here, owner: "StatefulSet") { $0.volumes = [.claim("data")] },
            TestPod.make("gpu", on: here) { $0.placement.nodeSelector = ["gpu": "yes"] },
            TestPod.make("large", on: here, memory: 100 << 30),
            TestPod.make("port", on: here) { $0.placement.hostPorts = ["TCP/80"] },
            TestPod.make("port-there", on: there) { $0.placement.hostPorts = ["TCP/80"] },
            TestPod.make("port-also", on: "congenital-optimist") { $0.placement.hostPorts = ["TCP/80"] },
            TestPod.make("free", on: here),
        ]
        let drain = try #require(TestCluster.with(pods, claims: [TestPod.claim("data", on: here)]).drain(here))
        let reasons = Dictionary(uniqueKeysWithValues: drain.pending.map { ($0.pod, $0.pendingBecause ?? "") })
        #expect(
            reasons == [
                "shop/db-0": "2 nodes: not where volume disk-data is", "shop/gpu": "2 nodes: other labels",
                "shop/large": "2 nodes: too little memory", "shop/port": "2 nodes: host port taken",
            ])
        #expect(drain.localData.map(\.what) == ["claim data at /var/lib/volumes/data"])
    }

    @Test("taints keep pods away unless they are tolerated; required anti-affinity by host does too")
    func taintsAndAffinity() throws {
        let term = PodTermFacts(
            selector: LabelSelectorFacts(matchLabels: ["app": "web"], matchExpressions: []), namespaces: [],
            topologyKey: "kubernetes.io/hostname")
        var pods = web(1) + web(1, on: there, from: 1)
        pods[0].placement.repels = [term]
        pods.append(
            TestPod.make("tolerant", on: here) {
                $0.placement.tolerations = [TolerationFacts(key: "a", operator: "Exists", value: "", effect: "")]
            })
        pods.append(TestPod.make("plain", on: here) { $0.placement.repels = [] })
        var cluster = TestCluster.with(pods)
        cluster.object("congenital-optimist") { $0.taints = [TaintFacts(key: "a", value: "", effect: "NoSchedule")] }
        let drain = try #require(cluster.drain(here))
        #expect(drain.pending.map(\.pod) == ["shop/web-0"])
        #expect(drain.pending.first?.pendingBecause == "1 node: a pod there that it repels; 1 node: tainted a")
    }

    @Test(
        "a term that chooses namespaces by their labels looks in those",
        arguments: [
            (["team": "a"], true), (["team": "b"], false), ([:], true),
        ] as [([String: String], Bool)])
    func affinityByNamespace(wanted: [String: String], isFound: Bool) throws {
        var term = PodTermFacts(
            selector: LabelSelectorFacts(matchLabels: ["app": "web"], matchExpressions: []), namespaces: [],
            topologyKey: "kubernetes.io/hostname")
        term.namespaceSelector = LabelSelectorFacts(matchLabels: wanted, matchExpressions: [])
        let others = web(1, on: there, from: 1) + web(1, on: "congenital-optimist", from: 2)
        let pods = [TestPod.make("lonely", on: here) { ($0.namespace, $0.placement.repels) = ("git", [term]) }] + others
        var cluster = TestCluster.with(pods)
        cluster.kubernetes { $0.namespaceLabels = ["shop": ["team": "a"], "git": [:]] }
        let drain = try #require(cluster.drain(here))
        #expect(drain.pending.map(\.pod) == (isFound ? ["git/lonely"] : []))
    }

    @Test("a spread rule counts the drained node, so it keeps its pods from going where others are")
    func spread() throws {
        func pods(skew: Int) -> [PodFacts] {
            let rule = SpreadFacts(
                selector: LabelSelectorFacts(matchLabels: ["app": "web"], matchExpressions: []),
                topologyKey: "kubernetes.io/hostname", maxSkew: skew)
            var pods = web(1) + web(1, on: there, from: 1) + web(1, on: "congenital-optimist", from: 2)
            for index in pods.indices { pods[index].placement.spreads = [rule] }
            return pods
        }
        let drain = try #require(TestCluster.with(pods(skew: 1)).drain(here))
        #expect(drain.pending.first?.pendingBecause == "2 nodes: too many of its kind there")
        #expect(try #require(TestCluster.with(pods(skew: 2)).drain(here)).pending.isEmpty)
    }

    /// One pod on the drained node and one on another; the third node is tainted.
    struct SpreadCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var selector: [String: String] = [:]
        let pending: String?
        let change: @Sendable (inout SpreadFacts) -> Void
    }

    static let spreads: [SpreadCase] = [
        SpreadCase(
            testDescription: "tainted and drained nodes count as empty",
            pending: "1 node: tainted a; 1 node: too many of its kind there"
        ) { _ in },
        SpreadCase(testDescription: "unless taints are honored", pending: nil) { $0.honorsTaints = true },
        SpreadCase(
            testDescription: "too few domains count as one that is empty",
            pending: "1 node: tainted a; 1 node: too many of its kind there"
        ) { ($0.honorsTaints, $0.minDomains) = (true, 2) },
        SpreadCase(testDescription: "enough domains do not", pending: nil) {
            ($0.honorsTaints, $0.minDomains) = (true, 1)
        },
        SpreadCase(
            testDescription: "nodes that the pod does not ask for are left out", selector: ["rack": "a"], pending: nil
        ) { _ in },
        SpreadCase(
            testDescription: "unless affinity is ignored", selector: ["rack": "a"],
            pending: "1 node: tainted a; 1 node: too many of its kind there"
        ) { $0.countsOtherNodes = true },
        SpreadCase(
            testDescription: "a node without the label is no domain",
            pending: "1 node: tainted a; 1 node: without rack"
        ) { ($0.topologyKey, $0.maxSkew) = ("rack", 5) },
    ]

    @Test("a spread rule counts nodes and domains as it says", arguments: spreads)
    func spreadOverNodes(spread: SpreadCase) throws {
        var rule = SpreadFacts(
            selector: LabelSelectorFacts(matchLabels: ["app": "web"], matchExpressions: []),
            topologyKey: "kubernetes.io/hostname", maxSkew: 1)
        spread.change(&rule)
        var pods = web(1) + web(1, on: there, from: 1)
        for index in pods.indices {
            pods[index].placement.spreads = [rule]
            pods[index].placement.nodeSelector = spread.selector
        }
        var cluster = TestCluster.with(pods)
        cluster.object("congenital-optimist") { $0.taints = [TaintFacts(key: "a", value: "", effect: "NoSchedule")] }
        if !spread.selector.isEmpty { cluster.object(there) { $0.labels.merge(spread.selector) { $1 } } }
        #expect(try #require(cluster.drain(here)).pending.first?.pendingBecause == spread.pending)
    }

    @Test("what is lost, what stays behind, and what nothing brings back")
    func data() throws {
        let pod = TestPod.make("loner", on: here, owner: nil) {
            $0.volumes = [
                .emptyDirectory(name: "cache", limit: 64 << 20), .emptyDirectory(name: "tmp", limit: nil),
                .hostPath("/srv"), .claim("remote"),
            ]
        }
        let drain = try #require(TestCluster.with([pod]).drain(here))
        #expect(drain.unmanaged.map(\.pod) == ["shop/loner"])
        #expect(drain.pending.isEmpty)
        #expect(
            drain.localData.map { "\($0.fate) \($0.what)" } == [
                "lost emptyDir cache (at most 64.0 MiB)", "lost emptyDir tmp", "stays host path /srv",
            ])
    }

    @Test(
        "what to type about a budget is what helps: pods that are not ready need a look, stuck ones leave to go all at once"
    )
    func budgetRemedies() throws {
        func remedy(_ pods: [PodFacts], _ budget: BudgetFacts) throws -> Finding {
            let plan = TestCluster.with(pods, budgets: [budget]).plan()
            return try #require(plan.findings.first { $0.code == "KUP-P080" })
        }
        let unready = web(2).map { pod in
            var pod = pod
            pod.isReady = false
            return pod
        }
        let waits = try remedy(unready, TestPod.budget("web", selecting: "web", min: 1, of: 2, healthy: 0))
        #expect(waits.why.last == "shop/web-0, shop/web-1 not ready")
        #expect(waits.remedy.last == "kubectl describe -n shop pod web-0")
        let stuck = web(2).map { pod in
            var pod = pod
            pod.placement.nodeSelector = ["kubernetes.io/hostname": here]
            return pod
        }
        let held = try remedy(stuck, TestPod.budget("web", selecting: "web", min: 1, of: 2))
        #expect(held.remedy.last?.contains("\"maxUnavailable\":2") == true)
    }

    static let cases: [FindingCase] = [
        .shows(
            "KUP-P080", .blocker, "a budget that is never met",
            in: .with(
                [TestPod.make("web", on: "grey-area", labels: ["app": "web"])],
                budgets: [TestPod.budget("web", selecting: "web", min: 1, of: 1)])
        ) { _ in },
        .shows(
            "KUP-P080", .warning, "a budget that waits for a pod",
            in: .with(
                [TestPod.make("web", on: "grey-area", labels: ["app": "web"])],
                budgets: [TestPod.budget("web", selecting: "web", min: 1, of: 2, healthy: 1)])
        ) { _ in },
        .shows(
            "KUP-P080", .blocker, "successors that find no other node",
            in: .with(
                (0..<3).map {
                    TestPod.make("web-\($0)", on: "grey-area", labels: ["app": "web"]) {
                        $0.placement.nodeSelector = ["kubernetes.io/hostname": "grey-area"]
                    }
                }, budgets: [TestPod.budget("web", selecting: "web", min: 2, of: 3)])
        ) { _ in },
        .shows(
            "KUP-P080", .notice, "a node that stays",
            in: .with(
                [TestPod.make("web", on: "grey-area", labels: ["app": "web"])],
                budgets: [TestPod.budget("web", selecting: "web", min: 1, of: 1)])
        ) { $0.offers { $0.kubernetes = TestCluster.labNow } },
        .absent("KUP-P080", "no budgets"),
        .shows(
            "KUP-P081", .blocker, "two budgets",
            in: .with(
                [TestPod.make("web", on: "grey-area", labels: ["app": "web"])],
                budgets: ["a", "b"].map { TestPod.budget($0, selecting: "web", min: 0, of: 1) })
        ) { _ in },
        .absent("KUP-P081", "no budgets"),
        .shows("KUP-P082", .warning, "a bare pod", in: .with([TestPod.make("x", on: "grey-area", owner: nil)])) { _ in
        },
        .absent("KUP-P082", "an owned pod", in: .with([TestPod.make("x", on: "grey-area")])) { _ in },
        .shows(
            "KUP-P083", .warning, "an emptyDir",
            in: .with([
                TestPod.make("x", on: "grey-area") { $0.volumes = [.emptyDirectory(name: "a", limit: nil)] }
            ])
        ) { _ in },
        .absent("KUP-P083", "none", in: .with([TestPod.make("x", on: "grey-area")])) { _ in },
        .shows(
            "KUP-P084", .warning, "a selector",
            in: .with([TestPod.make("x", on: "grey-area") { $0.placement.nodeSelector = ["gpu": "1"] }])
        ) { _ in },
        .absent("KUP-P084", "a free pod", in: .with([TestPod.make("x", on: "grey-area")])) { _ in },
        .shows("KUP-P085", .notice, "Ollama on a host that reboots") {
            $0.offers { $0.kernel = "6.6.1" }
            $0.host("grey-area") { $0.units.append(TestCluster.unit("ollama.service")) }
        },
        .shows("KUP-P085", .notice, "a service that nobody knows, with the graphics processor open") {
            $0.offers { $0.kernel = "6.6.1" }
            $0.host("grey-area") { $0.platform.graphicsUnits = ["transcoder.service"] }
        },
        .absent("KUP-P085", "Ollama on a host that only restarts Kubernetes") {
            $0.host("grey-area") { $0.units.append(TestCluster.unit("ollama.service")) }
        },
        .shows(
            "KUP-P086", .warning, "an hour of grace",
            in: .with([TestPod.make("x", on: "grey-area") { $0.gracePeriodSeconds = 3_600 }])
        ) { _ in },
        .absent("KUP-P086", "half a minute", in: .with([TestPod.make("x", on: "grey-area")])) { _ in },
    ]

    @Test("findings", arguments: cases)
    func finding(_ example: FindingCase) { example.check() }
}
