import Testing
import UpgradePlanning

@Suite("removed APIs")
struct RemovalsTests {
    private func minor(_ minor: Int) -> MinorRelease { MinorRelease(major: 1, minor: minor) }

    @Test("each is listed once, ordered by the minor that removes it")
    func unique() {
        #expect(Set(Removals.all).count == Removals.all.count)
        #expect(Removals.all == Removals.all.sorted())
        #expect(Removals.all.allSatisfy { !$0.resource.isEmpty && !$0.version.isEmpty })
        let keys = Removals.all.map { [$0.group, $0.version, $0.resource] }
        #expect(Set(keys).count == keys.count)
    }

    @Test(
        "what the guide says",
        arguments: [
            ("networking.k8s.io", "v1beta1", "ingresses", 22), ("extensions", "v1beta1", "ingresses", 22),
            ("policy", "v1beta1", "poddisruptionbudgets", 25), ("policy", "v1beta1", "podsecuritypolicies", 25),
            ("batch", "v1beta1", "cronjobs", 25), ("autoscaling", "v2beta2", "horizontalpodautoscalers", 26),
            ("flowcontrol.apiserver.k8s.io", "v1beta3", "flowschemas", 32),
            ("rbac.authorization.k8s.io", "v1beta1", "rolebindings", 22),
            ("apps", "v1beta1", "deployments", 16), ("storage.k8s.io", "v1beta1", "csistoragecapacities", 27),
        ])
    func known(group: String, version: String, resource: String, removedIn: Int) {
        let found = Removals.all.filter { ($0.group, $0.version, $0.resource) == (group, version, resource) }
        #expect(found.map(\.removedIn) == [minor(removedIn)])
    }

    @Test("the way counts the minors after the present one up to the target")
    func path() {
        #expect(Removals.removed(after: minor(20), upTo: minor(21)).isEmpty)
        #expect(Removals.removed(after: minor(21), upTo: minor(22)).allSatisfy { $0.removedIn == minor(22) })
        #expect(Removals.removed(after: minor(22), upTo: minor(22)).isEmpty)
        #expect(
            Removals.removed(by: minor(16)).count + Removals.removed(after: minor(16), upTo: minor(99)).count
                == Removals.all.count)
    }

    @Test("an API version reads as objects name it")
    func apiVersion() {
        #expect(RemovedAPI(group: "", version: "v1", resource: "x", removedIn: minor(1)).apiVersion == "v1")
        #expect(RemovedAPI(group: "g", version: "v1", resource: "x", removedIn: minor(1)).apiVersion == "g/v1")
    }
}
