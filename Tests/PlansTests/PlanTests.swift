import Plans
import Testing

@Suite("plans")
struct PlanTests {
    static func plan(ways: [WayBack], findings: [Finding] = []) -> Plan {
        let steps = ways.enumerated().map { index, way in
            Step(id: "1.21/a/\(index)", node: "a", action: .cordon, impact: .none, undo: .nothing, wayBack: way)
        }
        return Plan(
            kind: .upgrade, cluster: "home", madeAt: "2026-11-22T02:30:00Z",
            goal: Goal(changes: [], hops: [], later: []),
            fingerprint: ["cluster=home"],
            stages: [Stage(id: "1.21/a", kind: .worker, title: "a", hop: "1.21", node: "a", steps: steps)],
            findings: findings, next: "kupgrade apply")
    }

    @Test(
        "it says until which step the way back is free",
        arguments: [
            ([WayBack.free, .free, .needsRestore, .needsRestore], "1.21/a/1", "1.21/a/2"),
            ([.free, .etcdStep], "1.21/a/0", "1.21/a/1"),
            ([.free, .free], nil, nil), ([], nil, nil), ([.needsRestore], nil, "1.21/a/0"),
        ] as [([WayBack], String?, String?)])
    func freeUntil(ways: [WayBack], until: String?, crossing: String?) {
        let plan = Self.plan(ways: ways)
        #expect(plan.freeUntil == until)
        #expect(plan.crossing?.id == crossing)
    }

    @Test("findings are ordered: blockers first, then by code and node")
    func findingOrder() {
        func finding(_ code: String, _ severity: Finding.Severity, _ node: String?) -> Finding {
            Finding(code: code, severity: severity, node: node, what: "w", why: [], remedy: [])
        }
        let expected = [
            finding("KUP-P030", .blocker, "a"), finding("KUP-P030", .blocker, "b"), finding("KUP-P002", .warning, nil),
            finding("KUP-P001", .notice, nil),
        ]
        #expect(Self.plan(ways: [], findings: expected.reversed()).findings == expected)
        #expect(Self.plan(ways: [], findings: expected).blockers.count == 2)
    }

    @Test("a way back that is lost does not come again")
    func harder() {
        let order: [WayBack] = [.free, .etcdStep, .needsRestore, .oneWay(reason: "x")]
        for (index, left) in order.enumerated() {
            for (other, right) in order.enumerated() { #expect(left.harder(right) == order[max(index, other)]) }
        }
    }

    @Test("units of an action are in order, however they were given")
    func unitOrder() {
        #expect(UnitList(["b.service", "a.service"]) == UnitList(["a.service", "b.service"]))
    }
}
