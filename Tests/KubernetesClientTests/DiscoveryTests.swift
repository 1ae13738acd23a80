import KubernetesClient
import Testing

@Suite struct DiscoveryTests {
    static func group(_ versions: String...) -> String {
        let list = versions.map { "{\"groupVersion\":\"policy/\($0)\",\"version\":\"\($0)\"}" }.joined(separator: ",")
        return "{\"kind\":\"APIGroup\",\"name\":\"policy\",\"versions\":[\(list)]}"
    }

    /// The same budget with an empty selector: all pods in one version, none in the other.
    static let budgets = """
        {"kind":"PodDisruptionBudgetList","metadata":{},"items":[{"metadata":{"namespace":"web","name":"b"},
        "spec":{"selector":{},"maxUnavailable":"25%"},"status":{"disruptionsAllowed":1}}]}
        """

    @Test(arguments: [(["v1", "v1beta1"], "v1"), (["v1beta1"], "v1beta1")])
    func budgetsAreReadInTheVersionThatIsServed(_ served: [String], _ asked: String) async throws {
        try await serving({ request in
            switch request.uri {
            case "/apis/policy":
                .json(served.count == 2 ? Self.group("v1", "v1beta1") : Self.group("v1beta1"))
            case "/apis/policy/\(asked)/poddisruptionbudgets?limit=500": .json(Self.budgets)
            default: .json("{}", status: 404)
            }
        }) { connection, _ in
            let budget = try #require(await connection.podDisruptionBudgets().first)
            #expect(budget.maxUnavailable == "25%" && budget.minAvailable == nil)
            #expect((budget.selector == nil) == (asked == "v1beta1"))
        }
    }

    @Test func noVersionOfBudgetsIsAnError() async throws {
        try await serving({ _ in .json(Self.group("v9")) }) { connection, _ in
            let error = await #expect(throws: KubernetesError.self) { try await connection.podDisruptionBudgets() }
            #expect(error?.code == .notFound)
        }
    }

    @Test func groupsBeginWithTheCore() async throws {
        try await serving({ request in
            request.uri == "/api"
                ? .json("{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}")
                : .json("{\"kind\":\"APIGroupList\",\"groups\":[\(Self.group("v1"))]}")
        }) { connection, _ in
            let groups = try await connection.groups()
            #expect(groups.map(\.name) == ["", "policy"])
            #expect(groups.map(\.versions) == [["v1"], ["v1"]])
        }
    }

    @Test func resourcesTellTheVersionOfASubresource() async throws {
        let body = """
            {"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","namespaced":true,
            "kind":"Pod","verbs":["list"]},{"name":"pods/eviction","singularName":"","namespaced":true,"group":"policy",
            "version":"v1beta1","kind":"Eviction","verbs":["create"]},
            {"name":"x","namespaced":false,"kind":"X","verbs":null}]}
            """
        try await serving({ request in request.uri == "/api/v1" ? .json(body) : .json("{}", status: 404) }) {
            connection, _ in
            let resources = try await connection.resources(group: "", version: "v1")
            #expect(resources.map(\.name) == ["pods", "pods/eviction", "x"])
            #expect(resources[1].version == "v1beta1" && resources[1].group == "policy")
            let error = await #expect(throws: KubernetesError.self) {
                try await connection.resources(group: "policy", version: "v1")
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test func metadataIsAskedForWithoutTheObjects() async throws {
        let body = """
            {"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{},"items":[{"metadata":{
            "namespace":"web","name":"site","managedFields":[{"manager":"argocd-controller","operation":"Update",
            "apiVersion":"networking.k8s.io/v1beta1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{
            "f:spec":{}}}]}},{"metadata":{"name":"bare"}}]}
            """
        try await serving({ _ in .json(body) }) { connection, server in
            let objects = try await connection.metadataList(
                group: "networking.k8s.io", version: "v1", resource: "ingresses")
            #expect(objects.map(\.name) == ["site", "bare"])
            #expect(objects[0].managers.first?.apiVersion == "networking.k8s.io/v1beta1")
            #expect(objects[0].managers.first?.manager == "argocd-controller")
            #expect(objects[1].namespace.isEmpty && objects[1].managers.isEmpty)
            let request = try #require(server.requests.first)
            #expect(request.uri == "/apis/networking.k8s.io/v1/ingresses?limit=500")
            #expect(
                request.headers["Accept"] == ["application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"])
        }
    }

    @Test func leasesAndTheUIDAreRead() async throws {
        let leases = """
            {"kind":"LeaseList","metadata":{},"items":[{"metadata":{"namespace":"kube-system","name":"kube-scheduler"},
            "spec":{"holderIdentity":"m1_abc","leaseDurationSeconds":15,"renewTime":"2026-01-02T03:04:05.123456Z"}},
            {"metadata":{"namespace":"kube-system","name":"empty"}}]}
            """
        try await serving({ request in
            request.uri.hasPrefix("/api/v1/namespaces/kube-system")
                ? .json("{\"kind\":\"Namespace\",\"metadata\":{\"name\":\"kube-system\",\"uid\":\"4f6a\"}}")
                : .json(leases)
        }) { connection, server in
            #expect(try await connection.kubeSystemUID() == "4f6a")
            let read = try await connection.leases(namespace: "kube-system")
            #expect(read.map(\.holder) == ["m1_abc", ""])
            #expect(read.first?.renewTime == "2026-01-02T03:04:05.123456Z")
            #expect(
                server.requests.last?.uri == "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?limit=500")
        }
    }
}
