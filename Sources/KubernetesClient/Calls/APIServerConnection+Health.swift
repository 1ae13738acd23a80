extension APIServerConnection {
    /// The server's version, from `/version`.
    public func version() async throws -> ServerVersion {
        try await object(ServerVersion.self, at: "/version")
    }

    /// Whether the server is ready to serve, and which of its checks fail. Not ready is *not* an error.
    public func readiness() async throws -> HealthReport {
        try await health(at: "/readyz")
    }

    /// Whether the server should go on living, and which of its checks fail. A failed check is *not* an error.
    public func liveness() async throws -> HealthReport {
        try await health(at: "/livez")
    }

    private func health(at path: String) async throws -> HealthReport {
        let answer = try await transport.answer(
            to: Transport.Request(
                path: path, query: [("verbose", "")], accept: "*/*", deadline: limits.request, limit: 1 << 20))
        // A failed check answers 500 with the same text as a passed one.
        if answer.status == 200 || answer.status == 500 {
            if let report = HealthReport(text: String(decoding: answer.body, as: UTF8.self), status: answer.status) {
                return report
            }
        }
        throw KubernetesError(answer, call: "GET \(path)")
            ?? KubernetesError(
                .notKubernetes, KubernetesError.notKubernetes(path, status: answer.status), status: answer.status)
    }
}
