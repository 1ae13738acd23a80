import Testing

@testable import KubernetesClient

@Suite struct MetricTests {
    static let text = """
        # HELP apiserver_requested_deprecated_apis [ALPHA] Gauge of deprecated APIs that have been requested
        # TYPE apiserver_requested_deprecated_apis gauge
        apiserver_requested_deprecated_apis{group="extensions",removed_release="1.22",resource="ingresses",\
        subresource="",version="v1beta1"} 1
        apiserver_requested_deprecated_apis_total{group="x"} 1
        apiserver_request_total{resource="apiserver_requested_deprecated_apis{"} 7
        apiserver_requested_deprecated_apis{group="policy",removed_release="1.25",resource="podsecuritypolicies",\
        subresource="status",version="v1beta1"} 1
        apiserver_requested_deprecated_apis{group="old",removed_release="",resource="r",subresource="",version="v1"} 0

        """

    @Test(arguments: [1, 2, 7, 38, 64, 100_000]) func linesAreFoundHoweverTheStreamIsCut(_ size: Int) throws {
        var scanner = MetricScanner(name: "apiserver_requested_deprecated_apis")
        let bytes = Array(Self.text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            scanner.read(bytes[start..<min(start + size, bytes.count)])
        }
        scanner.finish()
        let samples = scanner.lines.compactMap(MetricSample.init(parsing:))
        #expect(samples.map { $0.labels["group"] } == ["extensions", "policy", "old"])
        #expect(samples.map(\.value) == [1, 1, 0])
    }

    @Test(
        arguments: [
            (#"m{} 1"#, [:], 1),
            (#"m{a="x",b="y",} 2.5"#, ["a": "x", "b": "y"], 2.5),
            (#"m{a="x"} 1 1700000000"#, ["a": "x"], 1),
            (#"m{a="q\"uote\\ back\nline, } brace"} 3"#, ["a": "q\"uote\\ back\nline, } brace"], 3),
            (#"m{a="x", b="y"} +Inf"#, ["a": "x", "b": "y"], .infinity),
        ] as [(String, [String: String], Double)])
    func labelsAreRead(_ line: String, _ labels: [String: String], _ value: Double) throws {
        let sample = try #require(MetricSample(parsing: line.utf8))
        #expect(sample.labels == labels)
        #expect(sample.value == value)
    }

    @Test(arguments: [
        "m", "m{", "m{a", "m{a=", "m{a=x} 1", #"m{a="x} 1"#, #"m{a="x"b="y"} 1"#, #"m{a="x"}"#, #"m{a="x"} one"#,
        #"m{="x"} 1"#, #"m{a="\x"} 1"#, #"m{a="x"} 1 2 3"#,
    ])
    func brokenLinesAreNone(_ line: String) {
        #expect(MetricSample(parsing: line.utf8) == nil)
    }

    @Test func theStreamIsReadAndFiltered() async throws {
        try await serving({ request in
            request.uri == "/metrics"
                ? .full(status: 200, headers: [("Content-Type", "text/plain; version=0.0.4")], body: Self.text)
                : .json("{}", status: 404)
        }) { connection, _ in
            let requests = try await connection.deprecatedAPIRequests()
            #expect(requests.map(\.resource) == ["ingresses", "podsecuritypolicies"])
            #expect(requests.map(\.removedRelease) == ["1.22", "1.25"])
            #expect(requests.last?.subresource == "status")
        }
    }

    @Test func tooMuchOrSomethingElseIsAnError() async throws {
        let rows: [(TestServer.Reply, KubernetesError.Code)] = [
            (.json(RefusalTests.forbidden, status: 403), .forbidden),
            (.json("{}"), .notKubernetes),
            (
                .full(
                    status: 200, headers: [("Content-Type", "text/plain")],
                    body: String(repeating: "x", count: shortLimits.metricsBytes + 1)), .tooLarge
            ),
            (
                .full(
                    status: 200, headers: [("Content-Type", "text/plain")],
                    body: "apiserver_requested_deprecated_apis{oops"), .malformed
            ),
        ]
        for (reply, code) in rows {
            try await serving({ _ in reply }) { connection, _ in
                let error = await #expect(throws: KubernetesError.self) {
                    try await connection.deprecatedAPIRequests()
                }
                #expect(error?.code == code)
            }
        }
    }
}
