import Foundation
import Plans
import RunEngine
import Testing

@testable import Commands

/// What is said of an upgrade: pure, over a small plan and what its journal says.
@Suite struct UpgradeRunTests {
    private static let target = SystemTarget(source: "flake", kubernetes: "1.21.0", toplevel: "/nix/store/new")

    private static func step(_ id: String, _ action: Action, _ node: String?, _ wayBack: WayBack = .free) -> Step {
        let undo: Undo =
            switch action {
            case .activate: .reactivate
            case .cordon, .park, .commit, .lock: .putBack(what: "it")
            default: .nothing
            }
        return Step(id: id, node: node, action: action, impact: .none, undo: undo, wayBack: wayBack)
    }

    private static func node(_ name: String, _ wayBack: WayBack = .free) -> Stage {
        let activation = Activation(target: target, bootDefault: wayBack == .free ? .atCommit : .before)
        let gates: [Gate] = wayBack == .free ? [.nodeReady(kubelet: "1.21.0")] : [.apiServerReady(version: "1.21.0")]
        return Stage(
            id: name, kind: wayBack == .free ? .worker : .controlPlane, title: name, node: name,
            steps: [
                step("\(name)/cordon", .cordon, name), step("\(name)/activate", .activate(activation), name, wayBack),
                step("\(name)/gates", .waitFor(GateList(gates, limitSeconds: 1)), name, wayBack),
                step("\(name)/commit", .commit(target), name, wayBack),
                step("\(name)/uncordon", .uncordon, name, wayBack),
            ])
    }

    private static let plan = Plan(
        kind: .upgrade, cluster: "lab", madeAt: "2026-01-01T00:00:00Z",
        goal: Goal(
            changes: [Goal.Change(name: "kubernetes", from: ["1.20.2"], to: ["1.21.0"])], hops: [], later: []),
        fingerprint: ["a=1"],
        stages: [
            Stage(
                id: "p", kind: .preparation, title: "lock",
                steps: [step("lock", .lock, nil), step("park", .park(UnitList(["certmgr.service"])), "master")]),
            node("master", .needsRestore), node("worker"),
            Stage(id: "e", kind: .end, title: "end", steps: [step("unlock", .unlock, nil)]),
        ], findings: [], next: "")

    private func done(_ ids: String...) -> [RunEvent] {
        ids.flatMap { [.intent(step: $0, prior: nil), .done(step: $0, isOurs: true, detail: nil)] }
    }

    private func state(_ events: [RunEvent]) -> RunState { RunState(Self.plan, events: events) }

    private var masterDone: [RunEvent] {
        done("lock", "park", "master/cordon", "master/activate", "master/gates", "master/commit", "master/uncordon")
    }

    @Test func whereItStandsIsSaid() {
        #expect(UpgradeSafety.sentences(state([])) == ["nothing of the cluster was touched"])
        let middle = state(done("lock", "park", "master/cordon") + [.intent(step: "master/activate", prior: nil)])
        #expect(
            UpgradeSafety.sentences(middle) == [
                "master is cordoned; what ran there runs elsewhere",
                "master: Kubernetes 1.21.0 was activated and is what it boots; not proven yet",
                "master: certmgr.service stopped for the run",
            ])
        let worker = state(masterDone + done("worker/cordon", "worker/activate"))
        #expect(
            UpgradeSafety.sentences(worker) == [
                "master has Kubernetes 1.21.0", "master: certmgr.service stopped for the run",
                "worker is cordoned; what ran there runs elsewhere",
                "worker: Kubernetes 1.21.0 was activated; a power cut brings the old system back",
            ])
    }

    /// A node that is done keeps its system; what was parked there runs again.
    @Test func aDoneNodeIsNotTakenBack() async throws {
        let state = state(masterDone + done("worker/cordon", "worker/activate") + [.turnedBack(by: "me")])
        #expect(state.keptNodes == ["master"] && state.barrier == nil && state.unsureActivations.isEmpty)
        let (undone, ending) = takenBack(state)
        #expect(ending == .undone)
        #expect(undone == ["worker/activate", "worker/cordon", "park", "lock"])
    }

    /// What a rollback needs outlasts the giving up: the archive, and what keeps the old systems of nodes that have the new one.
    @Test func aRunThatIsGivenUpCanBeRolledBack() throws {
        var plan = Self.plan
        plan.stages[0].steps += ["master", "worker"].map { (name: String) in
            Self.step("copy-\(name)", .copy(Self.target), name)
        }
        let target = BackupTarget(etcdNode: "master", kubernetes: ["1.20.2"])
        plan.stages.insert(
            Stage(
                id: "b", kind: .backup, title: "backup", steps: [Self.step("back-up", .backUp(target), "master")]),
            at: 1)
        var events: [RunEvent] = [.opened(run: "r", plan: "", by: "me")]
        events += done("lock", "park", "copy-master", "copy-worker")
        for name in ["lab-1", "lab-2"] {
            events.append(.done(step: "back-up", isOurs: true, detail: "\(name), proven, revision 7"))
        }
        events += done("master/cordon")
        events += [
            .intent(step: "master/activate", prior: "/nix/store/old /nix/store/old 7 boot"),
            .done(step: "master/activate", isOurs: true, detail: nil), .givenUp(by: "me"),
        ]
        var machine = RunMachine(RunState(plan, events: events))
        var commands = machine.take(.begin)
        while !commands.isEmpty {
            switch commands.removeFirst() {
            case .journal(let event, _): events.append(event)
            case .undo: commands += machine.take(.performed(detail: nil))
            case .finish(let ending): #expect(ending == .givenUp)
            default: continue
            }
        }
        let undone = events.compactMap { event in if case .undone(let step, _) = event { step } else { nil } }
        #expect(undone == ["master/cordon", "copy-worker", "park", "lock"])
        #expect(events.last == .closed(.givenUp))
        var journal = JournalText()
        var text = ""
        let bytes = try RunFolder.bytes(of: plan)
        let state = FileManager.default.temporaryDirectory.path + "/kup-run-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: state) }
        events[0] = .opened(run: "r", plan: try RunFolder(state: state, run: "r").write(plan), by: "me")
        for event in events { text += try journal.append(event, at: "2026-01-01T00:00:00Z") }
        let run = try LoadedRun(plan: bytes, journal: Array(text.utf8))
        let point = try #require(RollbackPoint(run, named: "r"))
        #expect(point.archive == "lab-2" && point.systems == ["master": "/nix/store/old"])
        #expect(!run.isOpen && RunFinder.driver(run.journal) == "me")
        #expect(RollbackPoint.words(run, named: "r").first?.contains("lab-2") == true)
    }

    @Test func whatWasTakenBackIsAskedWhetherItIsWell() {
        let back: [RunEvent] = [.turnedBack(by: "me"), .undone(step: "master/activate", detail: nil)]
        #expect(AfterUndo.gates(state([])) == [])
        #expect(AfterUndo.gates(state(done("lock", "master/activate"))) == [])
        #expect(AfterUndo.gates(state(done("lock", "master/activate") + back)) == [.apiServersServe(nodes: ["master"])])
        let worker = masterDone + done("worker/activate") + [.undone(step: "worker/activate", detail: nil)]
        #expect(AfterUndo.gates(state(worker)) == [.nodesReport(nodes: ["worker"])])
        #expect(AfterUndo.gates(state(worker), without: ["worker"]) == [])
    }

    /// What is taken back, in order, where all of it succeeds.
    private func takenBack(_ state: RunState) -> (undone: [String], ending: RunMachine.Ending?) {
        var machine = RunMachine(state)
        var undone: [String] = []
        var commands = machine.take(.begin)
        while !commands.isEmpty {
            switch commands.removeFirst() {
            case .undo(let step, _):
                undone.append(step.id)
                commands += machine.take(.performed(detail: nil))
            case .finish(let ending): return (undone, ending)
            default: continue
            }
        }
        return (undone, nil)
    }

    /// What stands beside the systems goes; a node whose new apiserver may have served stays as it is, others go back.
    @Test func aRunThatCanGoNeitherWayIsGivenUp() {
        let served = done("lock", "park", "master/cordon", "master/activate", "master/gates")
        let stuck = served + [.failed(step: "master/commit", why: "no"), .resumed(by: "me"), .givenUp(by: "me")]
        #expect(state(stuck).barrier == nil && state(stuck).standingNodes == ["master"])
        #expect(takenBack(state(stuck)) == (["master/cordon", "park", "lock"], .givenUp))
        // Gone on with, it is still given up; and it can be sent forward again.
        #expect(takenBack(state(stuck + [.resumed(by: "me")])) == (["master/cordon", "park", "lock"], .givenUp))
        let forward = state(stuck + [.turnedForward(by: "me"), .resumed(by: "me")])
        #expect(!forward.isGivenUp && forward.barrier != nil)
        // Where the activation had not begun there is nothing that stays.
        let early = state(done("lock", "park", "master/cordon") + [.givenUp(by: "me")])
        #expect(early.standingNodes == [] && takenBack(early) == (["master/cordon", "park", "lock"], .givenUp))
        // A worker goes back, a master that is done stays.
        let late = state(masterDone + done("worker/cordon", "worker/activate") + [.givenUp(by: "me")])
        #expect(late.standingNodes == [] && late.givenUpNodes == ["master"])
        #expect(takenBack(late) == (["worker/activate", "worker/cordon", "park", "lock"], .givenUp))
        // The end stays.
        let closed = state(stuck + [.closed(.givenUp)])
        #expect(closed.ending == .givenUp && takenBack(closed) == ([], .givenUp))
    }

    /// A new apiserver that was seen ready in a part that is not done: nothing goes back over what it wrote.
    @Test func anApiServerThatServedIsABarrier() {
        let served = state(done("lock", "park", "master/cordon", "master/activate", "master/gates"))
        #expect(served.barrier?.step.id == "master/gates")
        let notYet = state(done("lock", "park", "master/cordon", "master/activate"))
        #expect(notYet.barrier == nil && notYet.unsureActivations.map(\.id) == ["master/activate"])
    }

    /// A power cut brings back what was the default: until the commit it is asked again what is active.
    @Test func whatWasActivatedIsAskedAboutAgain() {
        let activated = masterDone + done("worker/cordon", "worker/activate", "worker/gates")
        #expect(state(activated).current?.id == "worker/commit")
        #expect(state(activated + [.resumed(by: "me")]).current?.id == "worker/activate")
        let committed = activated + done("worker/commit") + [.resumed(by: "me")]
        #expect(state(committed).current?.id == "worker/uncordon")
        // What another one did is not asked about.
        #expect(state(masterDone + [.resumed(by: "me")]).current?.id == "worker/cordon")
    }

    @Test func aPlanIsStaleWhereAnythingOfItDiffers() {
        #expect(PlanDifference.between(Self.plan, Self.plan) == [])
        var other = Self.plan
        other.madeAt = "2026-02-02T00:00:00Z"
        #expect(PlanDifference.between(Self.plan, other) == [])
        other.fingerprint = ["a=2"]
        #expect(PlanDifference.between(Self.plan, other) == ["it was: a=1", "it is: a=2"])
        var fewer = Self.plan
        fewer.stages.removeLast()
        #expect(PlanDifference.between(Self.plan, fewer) == ["the steps differ: unlock"])
        var blocked = Self.plan
        blocked.findings = [
            Finding(code: "KUP-P080", severity: .blocker, node: nil, what: "stuck", why: [], remedy: [])
        ]
        #expect(PlanDifference.between(Self.plan, blocked) == ["KUP-P080: stuck"])
    }

    /// Of several hops the first one's systems and archive; what ends the free way is the hardest of what was done.
    @Test func aRollbackPointIsWhatRanBefore() throws {
        func point(_ events: [RunEvent]) throws -> RollbackPoint? {
            var journal = JournalText()
            let bytes = try RunFolder.bytes(of: Self.plan)
            let state = FileManager.default.temporaryDirectory.path + "/kup-run-\(UUID())"
            let folder = RunFolder(state: state, run: "r")
            defer { try? FileManager.default.removeItem(atPath: state) }
            var text = ""
            for event in [.opened(run: "r", plan: try folder.write(Self.plan), by: "me")] + events {
                text += try journal.append(event, at: "2026-01-01T00:00:00Z")
            }
            return RollbackPoint(try LoadedRun(plan: bytes, journal: Array(text.utf8)), named: "r")
        }
        #expect(try point([]) == nil)
        let worker = try #require(
            try point([.intent(step: "worker/activate", prior: "/nix/store/old /nix/store/old 7 boot")]))
        #expect(worker.systems == ["worker": "/nix/store/old"] && worker.wayBack == .free)
        let master = try #require(
            try point([
                .intent(step: "master/activate", prior: "/nix/store/a /nix/store/a 7 boot"),
                .intent(step: "worker/activate", prior: "/nix/store/b /nix/store/b 7 boot"),
                .intent(step: "worker/activate", prior: "/nix/store/c /nix/store/c 8 boot"),
            ]))
        #expect(master.systems == ["master": "/nix/store/a", "worker": "/nix/store/b"])
        let activation = RunEvent.intent(step: "worker/activate", prior: "/nix/store/old /nix/store/old 7 boot")
        #expect(try point([activation, .undone(step: "worker/activate", detail: nil)]) == nil)
        #expect(master.wayBack == .needsRestore && master.kubernetes == "1.20.2" && !master.movesEtcd)
    }

    @Test func aReportHasEachStepOnceAndNothingOfAStrangersIsMarkup() throws {
        var journal = JournalText()
        let plan = Self.plan
        let bytes = try RunFolder.bytes(of: plan)
        let state = FileManager.default.temporaryDirectory.path + "/kup-run-\(UUID())"
        let folder = RunFolder(state: state, run: "r")
        defer { try? FileManager.default.removeItem(atPath: state) }
        let digest = try folder.write(plan)
        var events: [RunEvent] = [.opened(run: "r", plan: digest, by: "<b>me</b>")]
        events += masterDone + [.failed(step: "worker/cordon", why: "no \"apiserver\" answers")]
        var text = ""
        for (index, event) in events.enumerated() {
            let second = index < 10 ? "0\(index)" : "\(index)"
            text += try journal.append(event, at: "2026-01-01T00:00:\(second)Z")
        }
        let run = try LoadedRun(plan: bytes, journal: Array(text.utf8))
        let history = RunHistory(run, named: "r")
        let acts = history.parts.flatMap(\.acts)
        #expect(acts.map(\.id) == plan.steps.map(\.id))
        #expect(acts.first { $0.id == "master/activate" }?.state == "done")
        #expect(acts.first { $0.id == "worker/cordon" }?.detail == "no \"apiserver\" answers")
        #expect(acts.last?.state == "not begun" && history.changes == ["kubernetes 1.20.2 → 1.21.0"])
        let page = RunPage(history: history).html()
        #expect(!page.contains("<b>me") && page.contains("&lt;b&gt;me&lt;/b&gt;"))
        #expect(!page.contains("http") && !page.contains("<script"))
        let shown = RunHistoryView(history: history, style: .plain).text()
        #expect(shown.contains("failed") && shown.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(shown)")
    }
}
