import AsyncHTTPClient
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension HTTPClientResponse {
    /// Reads the body, and stops with `tooLarge` at the first byte above the request's limit.
    func answer(for request: Transport.Request) async throws -> Answer {
        var data = Data()
        if let expected = headers.first(name: "Content-Length").flatMap(Int.init), expected > 0 {
            data.reserveCapacity(min(expected, request.limit))
        }
        for try await chunk in body {
            guard data.count + chunk.readableBytes <= request.limit else {
                throw KubernetesError(
                    .tooLarge, "the answer to \(request.call) is larger than \(request.limit) bytes",
                    status: Int(status.code))
            }
            data.append(contentsOf: chunk.readableBytesView)
        }
        return Answer(
            status: Int(status.code), contentType: (headers.first(name: "Content-Type") ?? "").lowercased(),
            retryAfterSeconds: headers.first(name: "Retry-After").flatMap(Int.init), body: data)
    }
}
