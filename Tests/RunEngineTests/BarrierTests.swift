import Plans
import RunEngine
import Testing

/// From where on a run is not taken back: what a new program wrote, an old one must not read.
@Suite struct BarrierTests {
    private static func plan(_ gates: [Gate], wayBack: WayBack, default bootDefault: Activation.BootDefault) -> Plan {
        func step(_ id: String, _ action: Action) -> Step {
            Step(id: id, node: "n", action: action, impact: .none, undo: .putBack(what: "it"), wayBack: wayBack)
        }
        let target = SystemTarget(source: "flake", kubernetes: "1.21.0", toplevel: nil)
        return Plan(
            kind: .upgrade, cluster: "lab", madeAt: "2026-11-24T00:00:00Z",
            goal: Goal(changes: [], hops: [], later: []), fingerprint: [],
            stages: [
                Stage(
                    id: "1.21/n", kind: .controlPlane, title: "n",
                    steps: [
                        step("1.21/n/activate", .activate(Activation(target: target, bootDefault: bootDefault))),
                        step("1.21/n/gates", .waitFor(GateList(gates, limitSeconds: 600))),
                        step("1.21/n/commit", .commit(target)),
                    ])
            ], findings: [], next: "")
    }

    private static let server = [Gate.apiServerReady(version: "1.21.0"), .etcdHealthy(voters: 1)]
    private static let etcd = [Gate.etcdHealthy(voters: 1)]

    private static func passed(_ more: [RunEvent] = []) -> [RunEvent] {
        ["activate", "gates"].flatMap { name in
            [
                RunEvent.intent(step: "1.21/n/\(name)", prior: "old"),
                .done(step: "1.21/n/\(name)", isOurs: true, detail: nil),
            ]
        } + more
    }

    @Test(
        "a new apiserver that was ready, and an etcd alone that has no way back",
        arguments: [
            (server, WayBack.needsRestore, Activation.BootDefault.before, true),
            (server, .needsRestore, .atCommit, true), (server, .free, .atCommit, false),
            (etcd, .needsRestore, .before, true), (etcd, .needsRestore, .atCommit, false),
        ] as [([Gate], WayBack, Activation.BootDefault, Bool)])
    func served(gates: [Gate], wayBack: WayBack, bootDefault: Activation.BootDefault, isBarrier: Bool) {
        let plan = Self.plan(gates, wayBack: wayBack, default: bootDefault)
        #expect((RunState(plan, events: Self.passed()).barrier != nil) == isBarrier)
        // Before its gates passed the journal knows nothing: the node is asked.
        let early = RunState(plan, events: Self.passed().prefix(3))
        #expect(early.barrier == nil)
        #expect(early.unsureActivations.isEmpty == (bootDefault == .atCommit))
    }

    @Test("a run that is gone on with looks again, and what was seen stays seen")
    func isKept() {
        let plan = Self.plan(Self.server, wayBack: .needsRestore, default: .before)
        let events = Self.passed([
            .intent(step: "1.21/n/commit", prior: "old"), .failed(step: "1.21/n/commit", why: "the link broke"),
            .resumed(by: "me"), .stopped(why: "n is away"),
        ])
        let state = RunState(plan, events: events)
        #expect(!state.isDone("1.21/n/gates"))
        #expect(state.barrier?.step.id == "1.21/n/gates")
    }
}
