import AsyncHTTPClient
import NIOCore

extension APIServerConnection {
    /// The deprecated APIs that were asked for since this API server's process started.
    ///
    /// From the metric `apiserver_requested_deprecated_apis` (since Kubernetes 1.19) of `/metrics`, which is read as
    /// a stream and not kept. No such metric is *not* an error: nothing deprecated was asked for, or the server is
    /// older. Throws `forbidden` without the right to read `/metrics`, and `malformed` for a line of that metric that
    /// is broken.
    public func deprecatedAPIRequests() async throws -> [DeprecatedAPIRequest] {
        let request = Transport.Request(
            path: "/metrics", accept: "text/plain", deadline: limits.metrics, limit: limits.metricsBytes)
        return try await transport.exchange(request) { response in
            guard response.status == .ok else {
                var short = request
                short.limit = 1 << 20
                let answer = try await response.answer(for: short)
                throw KubernetesError(answer, call: request.call)
                    ?? KubernetesError(
                        .notKubernetes, KubernetesError.notKubernetes(request.path, status: answer.status),
                        status: answer.status)
            }
            return try await Self.deprecatedRequests(in: response, request)
        }
    }

    private static func deprecatedRequests(
        in response: HTTPClientResponse, _ request: Transport.Request
    ) async throws -> [DeprecatedAPIRequest] {
        let type = (response.headers.first(name: "Content-Type") ?? "").lowercased()
        guard type.hasPrefix("text/plain") || type.hasPrefix("application/openmetrics-text") else {
            throw KubernetesError(.notKubernetes, KubernetesError.notKubernetes(request.path, status: 200), status: 200)
        }
        var scanner = MetricScanner(name: "apiserver_requested_deprecated_apis")
        var count = 0
        for try await chunk in response.body {
            count += chunk.readableBytes
            guard count <= request.limit else {
                throw KubernetesError(
                    .tooLarge, "the answer to \(request.call) is larger than \(request.limit) bytes", status: 200)
            }
            scanner.read(chunk.readableBytesView)
        }
        scanner.finish()
        return try scanner.lines.compactMap { line in
            guard let sample = MetricSample(parsing: line) else {
                throw KubernetesError(.malformed, "a line of \(scanner.name) in \(request.call) is malformed")
            }
            return sample.value > 0 ? DeprecatedAPIRequest(sample) : nil
        }
    }
}
