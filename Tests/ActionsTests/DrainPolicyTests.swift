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
            localData: [
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
        #expect(policy.objection(try pod("ops/debug", phase: "Succeeded")) == nil)
    }

    @Test func dataGoesWhereThePlanNamedItsWorkload() throws {
        // After a rollout, and after it moved: another ReplicaSet and another pod of the same Deployment.
        #expect(policy.objection(try pod("shop/web-77f-k2", "ReplicaSet web-77f", data: true)) == nil)
        #expect(policy.objection(try pod("shop/web-5d4-zz", "ReplicaSet web-5d4")) == nil)
        let lost = "it has an emptyDir, which is lost with it"
        #expect(policy.objection(try pod("shop/plain-1a-x", "ReplicaSet plain-1a", data: true)) == lost)
        #expect(policy.objection(try pod("db/pg-0", "StatefulSet pg", data: true)) == lost)
        #expect(policy.objection(try pod("other/web-5d4-x1", "ReplicaSet web-5d4", data: true)) == lost)
        #expect(policy.objection(try pod("db/pg-0", "StatefulSet pg")) == nil)
    }
}
