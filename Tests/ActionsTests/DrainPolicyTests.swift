import Foundation
import KubernetesClient
import Plans
import Testing

@testable import Actions

@Suite struct DrainPolicyTests {
    private let policy = DrainPolicy([
        DrainForecast(
            node: "a",
            evictions: [
                .init(pod: "shop/web-5d4-x1", owner: "ReplicaSet web-5d4", wave: 1, graceSeconds: 1),
                .init(pod: "shop/plain-1a-x", owner: "ReplicaSet plain-1a", wave: 1, graceSeconds: 1),
                .init(pod: "db/pg-0", owner: "StatefulSet pg", wave: 1, graceSeconds: 1),
                .init(pod: "ops/shell", owner: nil, wave: 1, graceSeconds: 1),
            ],
            blocks: [
                .init(pod: "ops/held", owner: nil, reason: "budget", budgets: ["ops/held"]),
                .init(pod: "shop/tight-9c-q", owner: "ReplicaSet tight-9c", reason: "budget", budgets: ["shop/tight"]),
            ],
            localData: [
                .init(pod: "shop/tight-9c-q", what: "emptyDir tmp", fate: .lost),
                .init(pod: "shop/web-5d4-x1", what: "emptyDir cache", fate: .lost),
                .init(pod: "db/pg-0", what: "claim data", fate: .stays),
            ])
    ])

    private func pod(_ name: String, _ owner: String? = nil, data: Bool = false, phase: String = "Running") throws
        -> PodObject
    {
        let words = name.split(separator: "/")
        let owners =
            owner.map { owner in
                let parts = owner.split(separator: " ")
                return
                    "[{\"apiVersion\":\"apps/v1\",\"kind\":\"\(parts[0])\",\"name\":\"\(parts[1])\",\"uid\":\"o\",\"controller\":true}]"
            } ?? "[]"
        let volumes = data ? "[{\"name\":\"cache\",\"emptyDir\":{}}]" : "[]"
        let text =
            "{\"metadata\":{\"name\":\"\(words[1])\",\"namespace\":\"\(words[0])\",\"uid\":\"u\",\"ownerReferences\":\(owners)},"
            + "\"spec\":{\"nodeName\":\"a\",\"containers\":[],\"volumes\":\(volumes)},\"status\":{\"phase\":\"\(phase)\"}}"
        return try JSONDecoder().decode(PodObject.self, from: Data(text.utf8))
    }

    @Test func podsWithoutAnOwnerGoWhenThePlanNamedThem() throws {
        #expect(policy.objection(try pod("ops/shell")) == nil)
        #expect(policy.objection(try pod("ops/debug")) == "nothing brings it back")
        #expect(policy.objection(try pod("shop/shell")) == "nothing brings it back")
        #expect(policy.objection(try pod("ops/held")) == "nothing brings it back")
        #expect(policy.objection(try pod("ops/debug", phase: "Succeeded")) == nil)
    }

    @Test func dataGoesWhereThePlanNamedItsWorkload() throws {
        // After a rollout, and after it moved: another ReplicaSet and another pod of the same Deployment.
        #expect(policy.objection(try pod("shop/web-77f-k2", "ReplicaSet web-77f", data: true)) == nil)
        #expect(policy.objection(try pod("shop/web-5d4-zz", "ReplicaSet web-5d4")) == nil)
        // A budget held it back when the plan was made.
        #expect(policy.objection(try pod("shop/tight-9c-q", "ReplicaSet tight-9c", data: true)) == nil)
        let lost = "it has an emptyDir, which is lost with it"
        #expect(policy.objection(try pod("shop/plain-1a-x", "ReplicaSet plain-1a", data: true)) == lost)
        #expect(policy.objection(try pod("db/pg-0", "StatefulSet pg", data: true)) == lost)
        #expect(policy.objection(try pod("other/web-5d4-x1", "ReplicaSet web-5d4", data: true)) == lost)
        #expect(policy.objection(try pod("db/pg-0", "StatefulSet pg")) == nil)
    }

    @Test func whatTheSchedulerPutsOntoCordonedNodesIsKnown() throws {
        func tolerates(_ toleration: String) throws -> Bool {
            let text =
                "{\"metadata\":{\"name\":\"a\",\"namespace\":\"b\",\"uid\":\"u\"},\"spec\":{\"containers\":[],"
                + "\"tolerations\":[\(toleration)]},\"status\":{}}"
            return try JSONDecoder().decode(PodObject.self, from: Data(text.utf8)).toleratesCordons
        }
        #expect(try tolerates("{\"operator\":\"Exists\"}"))
        #expect(
            try tolerates(
                "{\"key\":\"node.kubernetes.io/unschedulable\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}"))
        #expect(try !tolerates("{\"operator\":\"Exists\",\"effect\":\"NoExecute\"}"))
        #expect(try !tolerates("{\"key\":\"gpu\",\"operator\":\"Exists\"}"))
        #expect(try !tolerates("{\"key\":\"node.kubernetes.io/not-ready\",\"operator\":\"Exists\"}"))
    }

    @Test(arguments: [
        ("/var/lib/kupgrade/signing.key", true), ("shop/web-1", true), ("", false), ("a b", false), ("%h", false),
        ("$x", false), ("it's", false),
    ])
    func optionsOfAUnitAreWords(word: String, isPlain: Bool) { #expect(HandOver.isPlain(word) == isPlain) }
}
