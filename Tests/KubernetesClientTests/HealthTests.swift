import KubernetesClient
import Testing

@Suite struct HealthTests {
    private func readiness(_ status: Int, _ type: String, _ body: String) async throws -> HealthReport {
        try await serving({ _ in .full(status: status, headers: [("Content-Type", type)], body: body) }) {
            connection, server in
            let report = try await connection.readiness()
            #expect(server.requests.first?.uri == "/readyz?verbose=")
            return report
        }
    }

    @Test func readyIsReady() async throws {
        let report = try await readiness(200, "text/plain", "[+]ping ok\n[+]etcd ok\nreadyz check passed\n")
        #expect(report.isHealthy && report.failedChecks.isEmpty)
    }

    @Test func failedChecksAreNamedAndNoError() async throws {
        let report = try await readiness(
            500, "text/plain",
            "[+]ping ok\n[-]etcd failed: reason withheld\n[-]poststarthook/rbac/bootstrap-roles failed: "
                + "reason withheld\nreadyz check failed\n")
        #expect(!report.isHealthy)
        #expect(report.failedChecks == ["etcd", "poststarthook/rbac/bootstrap-roles"])
    }

    @Test(arguments: [
        (200, "text/html", "<html></html>", KubernetesError.Code.notKubernetes),
        (200, "text/plain", "ok", .notKubernetes),
        (200, "text/plain", "[-]etcd failed", .notKubernetes),
        (500, "text/plain", "oops", .serverError),
        (502, "text/html", "<html></html>", .notKubernetes),
        (403, "application/json", RefusalTests.forbidden, .forbidden),
        (401, "application/json", "{\"kind\":\"Status\"}", .unauthorized),
    ])
    func anythingElseIsAnError(_ status: Int, _ type: String, _ body: String, _ code: KubernetesError.Code)
        async throws
    {
        let error = await #expect(throws: KubernetesError.self) { try await readiness(status, type, body) }
        #expect(error?.code == code)
    }
}
