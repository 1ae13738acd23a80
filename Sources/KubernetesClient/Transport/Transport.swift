import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Secrets

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Requests to one server, each with a deadline and a limit of bytes.
final class Transport: Sendable {
    /// What to ask for. `path` begins with a slash and has no query; it is what errors name.
    struct Request: Sendable {
        var method = Method.get
        var path: String
        var query: [(String, String)] = []
        var accept = "application/json"
        var deadline: Duration
        var limit: Int
        /// JSON; only with a method that takes one.
        var body: Data?

        /// As errors name it.
        var call: String { "\(method.rawValue) \(path)" }
    }

    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        /// What a body is said to be: a change is a merge patch (RFC 7396).
        var contentType: String { self == .patch ? "application/merge-patch+json" : "application/json" }
    }

    private let client: HTTPClient
    private let location: ServerLocation
    private let token: SecretBytes?

    init(_ access: APIServerAccess, limits: RequestLimits) throws(KubernetesError) {
        location = try ServerLocation(access)
        token = access.token
        client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: try HTTPClient.Configuration(access, location: location, connect: limits.connect))
    }

    func shutdown() async {
        // The only error is that it was shut down before, which is what was asked for.
        try? await client.shutdown()
    }

    /// The whole answer, whatever its status. Throws ``KubernetesError`` where there is none, `CancellationError`
    /// when the task was cancelled.
    func answer(to request: Request) async throws -> Answer {
        try await exchange(request) { response in
            try await response.answer(for: request)
        }
    }

    /// Sends the request and lends the response to `read`, under one deadline.
    func exchange<Value: Sendable>(
        _ request: Request, _ read: @escaping @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        let server = location.name
        let late = KubernetesError(
            .timedOut, "\(server) did not complete its answer to \(request.call) within \(request.deadline)")
        let message = httpRequest(request)
        do {
            return try await within(request.deadline, orThrow: late) { [client] in
                // The group above ends the wait; this deadline only has to be later.
                let response = try await client.execute(message, timeout: TimeAmount(request.deadline) + .seconds(5))
                let value = try await read(response)
                // A body that was cancelled ends like one that is complete.
                try Task.checkCancellation()
                return value
            }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw KubernetesError(transport: error, call: request.call, server: server)
        }
    }

    private func httpRequest(_ request: Request) -> HTTPClientRequest {
        let query = request.query.map { "\($0.0)=\(Self.escaped($0.1))" }.joined(separator: "&")
        var message = HTTPClientRequest(
            url: location.base + request.path + (query.isEmpty ? "" : "?\(query)"))
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        if let body = request.body {
            message.headers.add(name: "Content-Type", value: request.method.contentType)
            message.body = .bytes(Array(body))
        }
        message.headers.add(name: "Accept", value: request.accept)
        message.headers.add(name: "User-Agent", value: "kupgrade")
        if let token {
            let text = token.withBytes { String(decoding: $0, as: UTF8.self) }
            message.headers.add(name: "Authorization", value: "Bearer \(text.filter { !$0.isWhitespace })")
        }
        return message
    }

    /// Percent-encodes all but RFC 3986's unreserved characters.
    static func escaped(_ text: String) -> String {
        let unreserved = "-._~".utf8
        var result = ""
        for byte in text.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || unreserved.contains(byte)
            let hex = String(byte, radix: 16, uppercase: true)
            result += isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + hex
        }
        return result
    }
}
