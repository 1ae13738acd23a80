import Plans
import RunEngine
import Testing

@testable import Actions

@Suite struct HookPointTests {
    private let target = SystemTarget(source: "flake", kubernetes: "1.21.0", toplevel: "/nix/store/x")

    private func step(_ id: String, _ action: Action, _ node: String? = "a") -> Step {
        Step(id: id, node: node, action: action, impact: .none, undo: .nothing, wayBack: .free)
    }

    private var plan: Plan {
        let activation = Activation(target: target, bootDefault: .atCommit)
        return Plan(
            kind: .upgrade, cluster: "lab", madeAt: "", goal: Goal(changes: [], hops: [], later: []), fingerprint: [],
            stages: [
                Stage(id: "p", kind: .preparation, title: "", steps: [step("lock", .lock, nil)]),
                Stage(
                    id: "n", kind: .worker, title: "", node: "a",
                    steps: [
                        step("cordon", .cordon), step("drain", .drain(TimeLimit(seconds: 1))),
                        step("activate", .activate(activation)), step("commit", .commit(target)),
                    ]),
                Stage(id: "e", kind: .end, title: "", steps: [step("unlock", .unlock, nil)]),
            ], findings: [], next: "")
    }

    /// Every point comes once, and in this order.
    @Test func pointsComeInTheirOrder() {
        let plan = plan
        let points = plan.steps.flatMap { step -> [RunHook.Point] in
            let points = HookPoints(step, in: plan)
            return points.before + points.after
        }
        #expect(
            points == [
                .preRun, .preNode, .preDrain, .postDrain, .preActivate, .postActivate, .postNode, .postRun,
            ])
    }

    @Test func aHookThatSaysStopEndsTheStep() async {
        let line = HookLine(
            plan: plan, run: "r", ask: { $0.point == .preDrain ? .stop("not now") : .goOn(said: "fine") },
            isStopping: { false })
        let drain = plan.steps[2]
        await #expect(throws: (any Error).self) { try await line.pass([.preDrain], drain) { _ in } }
        let said = try? await line.pass([.postDrain, .preActivate], drain) { _ in }
        #expect(said == ["hook post-drain: fine", "hook pre-activate: fine"])
    }

    /// One that says later is asked again; a person who stops it is heard meanwhile.
    @Test func laterIsAWaitThatCanBeStopped() async {
        let line = HookLine(plan: plan, run: "r", ask: { _ in .later("a model is loaded") }, isStopping: { true })
        await #expect(throws: Abandoned.self) { try await line.pass([.preDrain], plan.steps[2]) { _ in } }
    }
}
