import Plans
import Testing

@testable import RunEngine

@Suite("what a run does next")
struct RunMachineTests {
    private let three = TestPlans.plan(["a", "b", "c"].map { TestPlans.step($0) })

    @Test("each step is asked about, written down, done, written down")
    func transcript() {
        var machine = RunMachine(RunState(TestPlans.plan([TestPlans.step("a", node: "n")])))
        let step = machine.state.steps[0]
        #expect(machine.take(.begin) == [.survey(step)])
        #expect(
            machine.take(.surveyed(.open(prior: "old"))) == [
                .journal(.intent(step: "a", prior: "old"), node: "n"), .perform(step, prior: "old"),
            ])
        #expect(
            machine.take(.performed(detail: "x")) == [
                .journal(.done(step: "a", isOurs: true, detail: "x"), node: "n"), .journal(.closed(.done), node: nil),
                .finish(.done),
            ])
    }

    @Test("what is so already is not ours, and is not taken back")
    func already() async throws {
        let world = TestWorld(["b": TestWorld.planned])
        var run = TestRun(three, world)
        #expect(try await run.go() == .done)
        #expect(world.state.withLock { $0.performed } == ["a", "c"])
        run.journal.removeLast()
        run.journal.append(.turnedBack(by: "me"))
        #expect(try await run.go() == .undone)
        #expect(world.state.withLock { $0.undone } == ["c", "a"])
        #expect(world.state.withLock { $0.cells } == ["b": TestWorld.planned])
    }

    @Test("a failure stops the run with its reason, and it goes on from there")
    func failure() async throws {
        let world = TestWorld()
        world.state.withLock { $0.failing = ["b"] }
        var run = TestRun(three, world)
        #expect(try await run.go() == .failed(step: "b", why: "it fails"))
        #expect(RunState(three, events: run.journal).trouble == "it fails")
        world.state.withLock { $0.failing = [] }
        #expect(try await run.go() == .done)
        #expect(world.state.withLock { $0.performed } == ["a", "b", "c"])
    }

    @Test("a step that is not to be touched is not, and nothing of it has to be undone")
    func refused() {
        var machine = RunMachine(RunState(three))
        _ = machine.take(.begin)
        let commands = machine.take(.surveyed(.refused("foreign")))
        #expect(commands.last == .finish(.failed(step: "a", why: "foreign")))
        #expect(machine.state.lastToUndo == nil)
    }

    @Test("who is asked to stop finishes the step, and says which is next")
    func interrupted() {
        var machine = RunMachine(RunState(three))
        _ = machine.take(.begin)
        _ = machine.take(.surveyed(.open(prior: nil)))
        #expect(machine.take(.interrupt).isEmpty)
        #expect(machine.take(.performed(detail: nil)).last == .finish(.interrupted(next: "b")))
        #expect(machine.state.doneCount == 1)
    }

    @Test("a wait that is given up leaves its step begun")
    func abandoned() async throws {
        let world = TestWorld()
        world.state.withLock { $0.abandoned = ["b"] }
        var run = TestRun(three, world)
        #expect(try await run.go() == .interrupted(next: "b"))
        world.state.withLock { $0.abandoned = [] }
        #expect(try await run.go() == .done)
    }

    @Test("nothing at all is taken back where a step was done that cannot be: half a way back is none")
    func impossible() async throws {
        let plan = TestPlans.plan([
            TestPlans.step("a"), TestPlans.step("b", undo: .impossible(reason: "it is committed")), TestPlans.step("c"),
        ])
        let world = TestWorld()
        world.state.withLock { $0.failing = ["c"] }
        var run = TestRun(plan, world)
        _ = try await run.go()
        world.state.withLock { $0.failing = [] }
        run.journal.append(.turnedBack(by: "me"))
        #expect(try await run.go() == .cannotUndo(step: "b", why: "it is committed"))
        #expect(world.state.withLock { $0.undone } == [])
    }

    @Test("what was held is looked at again by whoever goes on, until something was started there")
    func holdsAreLookedAtAgain() {
        func step(_ id: String, _ action: RestoreAction) -> Step {
            Step(
                id: id, node: "n", action: .restore(action), impact: .none, undo: .putBack(what: "x"), wayBack: .free)
        }
        let plan = TestPlans.plan([
            step("halt", .halt(units: ["etcd.service"])), step("put", .putFiles(folder: "/x", files: [])),
            step("start", .start(units: ["etcd.service"])),
        ])
        let halted: [RunEvent] = [
            .intent(step: "halt", prior: "0 etcd.service"), .done(step: "halt", isOurs: true, detail: nil),
            .intent(step: "put", prior: nil),
        ]
        #expect(RunState(plan, events: halted).current?.id == "put")
        let resumed = RunState(plan, events: halted + [.resumed(by: "me")])
        #expect(resumed.current?.id == "halt" && resumed.prior(0) == "0 etcd.service")
        let started: [RunEvent] =
            halted + [
                .done(step: "put", isOurs: true, detail: nil), .intent(step: "start", prior: nil), .resumed(by: "me"),
            ]
        #expect(RunState(plan, events: started).current?.id == "start")
    }

    /// Every plan of up to five steps with some cells set before, cut off after every number of commands, once and twice,
    /// also in the middle of an act; then to its end, or back.
    @Test("wherever it is cut off it ends the same, each step done once, and going back leaves what was there")
    func everyCut() async throws {
        for size in 1...5 {
            let plan = TestPlans.plan((0..<size).map { TestPlans.step("s\($0)", node: $0 % 2 == 0 ? "n" : nil) })
            for mask in 0..<(1 << size) {
                let before = Dictionary(
                    uniqueKeysWithValues: (0..<size).filter { mask >> $0 & 1 == 1 }.map { ("s\($0)", "was \($0)") })
                for cut in 0..<(4 * size + 2) {
                    for isTorn in [false, true] {
                        try await forward(plan, before, cut, isTorn)
                        try await backward(plan, before, cut, isTorn)
                        try await forwardAgain(plan, before, cut, isTorn)
                    }
                }
            }
        }
    }

    private func forward(_ plan: Plan, _ before: [String: String], _ cut: Int, _ isTorn: Bool) async throws {
        let world = TestWorld(before)
        var run = TestRun(plan, world)
        if try await run.go(commands: cut, tornAct: isTorn) == nil { _ = try await run.go(commands: 2) }
        #expect(try await run.go() == .done)
        #expect(world.state.withLock { $0.performed } == plan.steps.map(\.id))
        #expect(world.state.withLock { $0.cells.values.allSatisfy { $0 == TestWorld.planned } })
    }

    private func backward(_ plan: Plan, _ before: [String: String], _ cut: Int, _ isTorn: Bool) async throws {
        let world = TestWorld(before)
        var run = TestRun(plan, world)
        guard try await run.go(commands: cut, tornAct: isTorn) == nil else { return }
        run.journal.append(.turnedBack(by: "me"))
        _ = try await run.go(commands: cut / 2, tornAct: isTorn)
        run.journal.append(.resumed(by: "me"))
        #expect(try await run.go() == .undone)
        #expect(world.state.withLock { $0.cells } == before)
    }

    /// Cut off on its way back, and sent forward again.
    private func forwardAgain(_ plan: Plan, _ before: [String: String], _ cut: Int, _ isTorn: Bool) async throws {
        let world = TestWorld(before)
        var run = TestRun(plan, world)
        guard try await run.go(commands: cut, tornAct: isTorn) == nil else { return }
        run.journal.append(.turnedBack(by: "me"))
        guard try await run.go(commands: cut / 2, tornAct: isTorn) == nil else { return }
        run.journal += [.turnedForward(by: "me"), .resumed(by: "me")]
        #expect(try await run.go() == .done)
        #expect(world.state.withLock { $0.cells.values.allSatisfy { $0 == TestWorld.planned } })
        // What was there before is known still: it can be taken back all the same.
        run.journal.removeLast()
        run.journal.append(.turnedBack(by: "me"))
        #expect(try await run.go() == .undone)
        #expect(world.state.withLock { $0.cells } == before)
    }

    @Test("what was done before it could be written down is concluded, not done again, and a no is asked again")
    func concluded() async throws {
        let world = TestWorld()
        var run = TestRun(three, world)
        // The intent of b is written, its act done.
        _ = try await run.go(commands: 6, tornAct: true)
        #expect(world.state.withLock { $0.performed } == ["a", "b"])
        world.state.withLock { $0.failing = ["b"] }
        for _ in 0..<2 { #expect(try await run.go() == .failed(step: "b", why: "it fails")) }
        world.state.withLock { $0.failing = [] }
        #expect(try await run.go() == .done)
        #expect(world.state.withLock { $0.performed } == ["a", "b", "c"])
        #expect(world.state.withLock { $0.concluded } == ["b"])
    }
}
