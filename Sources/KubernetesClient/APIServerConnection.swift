#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A conversation with one API server, for any number of concurrent requests.
///
/// What changes something in the cluster says so. TLS is always verified, against the given authority and for the
/// name of the URL (or the one given instead of it). Call ``shutdown()`` when done, or use ``with(_:limits:_:)``.
///
/// All calls throw ``KubernetesError``, or `CancellationError` when the task was cancelled.
public final class APIServerConnection: Sendable {
    /// How long and how much each request may take.
    public let limits: RequestLimits
    let transport: Transport

    /// Prepares the connection; nothing is sent yet. Throws `misconfigured` when the URL, the authority, the
    /// certificate or the key cannot be used, or the key is not the certificate's.
    public init(_ access: APIServerAccess, limits: RequestLimits = RequestLimits()) throws(KubernetesError) {
        self.limits = limits
        transport = try Transport(access, limits: limits)
    }

    /// Closes all connections; requests under way end with an error. A second call does nothing.
    public func shutdown() async {
        await transport.shutdown()
    }

    /// Connects, lends the connection to `body`, and shuts it down whatever happens.
    public static func with<Result>(
        _ access: APIServerAccess, limits: RequestLimits = RequestLimits(),
        _ body: (APIServerConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try APIServerConnection(access, limits: limits)
        do {
            let result = try await body(connection)
            await connection.shutdown()
            return result
        } catch {
            await connection.shutdown()
            throw error
        }
    }

    /// One object.
    func object<Value: Decodable>(
        _ type: Value.Type, at path: String, query: [(String, String)] = [], accept: String = "application/json"
    ) async throws -> Value {
        try await object(
            type,
            Transport.Request(
                path: path, query: query, accept: accept, deadline: limits.request, limit: limits.answerBytes))
    }

    /// Sends an object, and reads the one that is there then. Throws `conflict` where it was changed meanwhile, or is there.
    func send<Value: Decodable>(
        _ method: Transport.Method, _ object: some Encodable, to path: String, answer type: Value.Type
    ) async throws -> Value {
        var request = Transport.Request(path: path, deadline: limits.request, limit: limits.answerBytes)
        request.method = method
        request.body = try JSONEncoder().encode(object)
        return try await self.object(type, request)
    }

    private func object<Value: Decodable>(_ type: Value.Type, _ request: Transport.Request) async throws -> Value {
        let answer = try await transport.answer(to: request)
        if let error = KubernetesError(answer, call: request.call) { throw error }
        return try answer.decoded(as: type, call: request.call)
    }
}
