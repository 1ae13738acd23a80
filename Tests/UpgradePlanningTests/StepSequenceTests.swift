import Plans
import Testing
import UpgradePlanning

@Suite("the steps of a plan")
struct StepSequenceTests {
    @Test("a single master: preparation, then each hop with its backup, master first, then workers, then the end")
    func singleMasterStages() {
        let plan = TestCluster.singleMaster().plan()
        #expect(
            plan.stages.map(\.id) == [
                "preparation",
                "1.21/backup", "1.21/grey-area", "1.21/congenital-optimist", "1.21/limiting-factor",
                "1.22/backup", "1.22/grey-area", "1.22/congenital-optimist", "1.22/limiting-factor",
                "end",
            ])
        #expect(plan.blockers.isEmpty, "\(plan.blockers)")
        #expect(plan.next == "kupgrade plan --out upgrade.json")
        #expect(plan.goal.hops.map(\.id) == ["1.21", "1.22"])
        #expect(plan.goal.hops.map(\.isBridge) == [true, false])
        #expect(plan.stages[3].title == "congenital-optimist, the first worker")
    }

    @Test("one node: room is made, the guard armed, the system activated, proven, committed, the node given back")
    func nodeSteps() {
        let plan = TestCluster.singleMaster().plan()
        let stage = plan.stages.first { $0.id == "1.21/congenital-optimist" }
        #expect(
            stage?.steps.map(\.id)
                == [
                    "cordon", "drain", "guard", "activate", "prove", "gates", "disarm", "commit", "uncordon", "settle",
                ].map { "1.21/congenital-optimist/\($0)" })
    }

    @Test("everything of every hop is built before anything is locked, and proven before anything is touched")
    func preparation() {
        var cluster = TestCluster.singleMaster()
        cluster.policy.gitOpsHook = "argocd"
        cluster.host("grey-area") {
            $0.units += [TestCluster.unit("certmgr.service"), TestCluster.unit("nix-gc.timer")]
        }
        cluster.host("limiting-factor") { $0.units.append(TestCluster.unit("certmgr.service")) }
        let plan = cluster.plan()
        let kinds = plan.stages[0].steps.map(\.action.kind)
        let systems = [Action.Kind.build, .copy, .prove].flatMap { Array(repeating: $0, count: 6) }
        #expect(kinds == systems + [.lock, .stopTimers, .park, .pauseGitOps])
        #expect(
            plan.stages.last?.steps.map(\.id) == [
                "end/resume-gitops", "end/grey-area/unpark", "end/grey-area/start-timers", "end/unlock",
            ])
    }

    @Test("three masters: etcd's leader last, its leadership moved first; the next hop has another leader")
    func leaderLast() {
        let plan = TestCluster.threeMasters().plan()
        #expect(plan.blockers.isEmpty, "\(plan.blockers)")
        let hops = plan.goal.hops.map(\.nodes)
        #expect(hops[0] == ["congenital-optimist", "limiting-factor", "grey-area"])
        #expect(hops[1] == ["grey-area", "limiting-factor", "congenital-optimist"])
        let moves = plan.steps.filter { $0.action.kind == .moveLeader }
        #expect(moves.map(\.id) == ["1.21/grey-area/move-leader", "1.22/congenital-optimist/move-leader"])
        #expect(
            moves.first?.action
                == .moveLeader(LeaderTarget(node: "congenital-optimist", memberID: "id-congenital-optimist")))
    }

    @Test("the way back is free until the first apiserver of a new minor, and the boot default is set before it")
    func wayBack() {
        let plan = TestCluster.threeMasters().plan()
        #expect(plan.freeUntil == "1.21/congenital-optimist/guard")
        #expect(plan.crossing?.id == "1.21/congenital-optimist/activate")
        #expect(plan.crossing?.wayBack == .needsRestore)
        #expect(plan.stages.last?.steps.last?.wayBack == .needsRestore)
        for case .activate(let activation) in plan.steps.map(\.action) { #expect(activation.bootDefault == .before) }
    }

    @Test("workers keep their old system as the boot default until the commit")
    func workersBootOld() {
        let plan = TestCluster.singleMaster().plan()
        let defaults = plan.steps.compactMap { step -> (String?, Activation.BootDefault)? in
            guard case .activate(let activation) = step.action else { return nil }
            return (step.node, activation.bootDefault)
        }
        #expect(defaults.allSatisfy { ($0.1 == .before) == ($0.0 == "grey-area") })
    }

    @Test("a patch alone restarts units, drains nothing, and the way back stays free")
    func patchOnly() {
        var cluster = TestCluster.singleMaster()
        cluster.offers { $0.kubernetes = Version(1, 20, 15) }
        let plan = cluster.plan()
        #expect(plan.crossing == nil)
        #expect(plan.freeUntil == nil)
        #expect(plan.steps.allSatisfy { $0.action.kind != .drain && $0.action.kind != .cordon })
        #expect(plan.goal.hops.map(\.id) == ["1.20"])
    }

    @Test("another kernel reboots the node, with a guard that survives it")
    func kernelReboots() {
        var cluster = TestCluster.singleMaster()
        cluster.offers { ($0.kubernetes, $0.kernel) = (TestCluster.labNow, "6.6.10") }
        let plan = cluster.plan()
        let stage = plan.stages.first { $0.id == "1.20/limiting-factor" }
        #expect(stage?.steps.map(\.action.kind).contains(.reboot) == true)
        #expect(
            stage?.steps.first { $0.action.kind == .armGuard }?.action
                == .armGuard(GuardTarget(lifetime: .persistent, seconds: 600)))
    }

    @Test("a node that is already there is left out, and planning goes on from the middle")
    func resumes() {
        var cluster = TestCluster.singleMaster()
        let plan = cluster.plan()
        for stage in plan.stages.prefix(3) { cluster.advance(by: stage) }
        let rest = cluster.plan()
        #expect(
            rest.stages.map(\.id) == [
                "preparation", "1.21/backup", "1.21/congenital-optimist", "1.21/limiting-factor", "1.22/backup",
                "1.22/grey-area", "1.22/congenital-optimist", "1.22/limiting-factor", "end",
            ])
        #expect(rest.blockers.isEmpty, "\(rest.blockers)")
    }

    @Test("the operator's own host comes last among equals")
    func operatorLast() {
        var cluster = TestCluster.singleMaster()
        cluster.host("congenital-optimist") { $0.isOperatorHost = true }
        #expect(cluster.plan().goal.hops[0].nodes == ["grey-area", "limiting-factor", "congenital-optimist"])
    }

    @Test("masters whose components use one master's apiserver follow it, though it is the leader")
    func skewBeatsTaste() {
        var cluster = TestCluster.threeMasters()
        for name in ["congenital-optimist", "limiting-factor"] {
            cluster.host(name) { host in
                host.units = host.units.map { unit in
                    var unit = unit
                    unit.server = unit.server.map { _ in "https://grey-area:6443" }
                    return unit
                }
            }
        }
        let plan = cluster.plan()
        #expect(plan.goal.hops[0].nodes == ["grey-area", "congenital-optimist", "limiting-factor"])
        #expect(plan.blockers.isEmpty, "\(plan.blockers)")
    }

    @Test("controllers that may reach an older apiserver are kept stopped until the last one has moved")
    func parksControllers() {
        var cluster = TestCluster.threeMasters()
        for name in ["grey-area", "congenital-optimist", "limiting-factor"] {
            cluster.host(name) { host in host.units = host.units.map { TestCluster.unit($0.name) } }
        }
        let plan = cluster.plan()
        let steps = plan.steps.filter { $0.id.hasPrefix("1.21/") && [.park, .unpark].contains($0.action.kind) }
        #expect(
            steps.map(\.id) == [
                "1.21/congenital-optimist/park", "1.21/limiting-factor/park", "1.21/congenital-optimist/unpark",
                "1.21/limiting-factor/unpark",
            ])
        #expect(plan.findings.map(\.code).contains("KUP-P014"))
    }

    @Test("etcd alone: a run of its own, one member after the other, needing a restore once the last has moved")
    func etcdRun() {
        var cluster = TestCluster.threeMasters(etcd: Version(3, 5, 16))
        cluster.offers { $0.kubernetes = TestCluster.labNow }
        let plan = cluster.plan()
        #expect(plan.goal.hops.map(\.id) == ["etcd-3.5"])
        #expect(plan.crossing?.id == "etcd-3.5/grey-area/activate")
        #expect(plan.crossing?.wayBack == .needsRestore)
    }

    @Test("etcd 3.5 to 3.6 can be taken back by etcd's own downgrade")
    func etcdStep() {
        var cluster = TestCluster.threeMasters(etcd: Version(3, 6, 6))
        cluster.offers { $0.kubernetes = TestCluster.labNow }
        for name in ["grey-area", "congenital-optimist", "limiting-factor"] {
            cluster.member(name) { $0.version = Version(3, 5, 26) }
            cluster.host(name) { host in
                for index in host.components.indices where host.components[index].component == .etcd {
                    host.components[index].version = Version(3, 5, 26)
                }
            }
        }
        let plan = cluster.plan()
        #expect(plan.blockers.isEmpty, "\(plan.blockers)")
        #expect(plan.crossing?.wayBack == .etcdStep)
    }

    @Test("kubelets that are too far behind catch up before any apiserver moves")
    func catchUp() {
        var cluster = TestCluster.singleMaster(
            bridges: [NodeOffer(kubernetes: Version(1, 20, 15), etcd: Version(3, 4, 23)), TestCluster.labBridge])
        cluster.host("limiting-factor") { host in
            for index in host.components.indices where host.components[index].component != .containerd {
                host.components[index].version = Version(1, 18, 9)
            }
        }
        cluster.object("limiting-factor") { $0.kubeletVersion = Version(1, 18, 9) }
        let plan = cluster.plan()
        #expect(plan.goal.hops.map(\.id) == ["1.20", "1.21", "1.22"])
        #expect(plan.blockers.isEmpty, "\(plan.blockers)")
    }
}
