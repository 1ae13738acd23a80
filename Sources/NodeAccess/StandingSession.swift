/// A node that may boot or lose its network while it is worked on: each call goes over the connection that stands, and makes
/// it anew where it has ended.
///
/// A command whose connection is lost in the middle still throws `connectionLost`: only its caller knows whether it may be
/// done again.
public struct StandingSession: NodeSession {
    let connection: NodeConnection
    public let address: String
    public var endpoint: NodeEndpoint { connection.endpoint }

    /// `address`: the one it was connected by when the run began.
    public init(_ connection: NodeConnection, address: String) {
        self.connection = connection
        self.address = address
    }

    public func stream(
        _ command: NodeCommand, receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> CommandResult {
        try await connection.renewed().stream(command, receive: receive)
    }

    public func tunnel(to host: String, port: Int) async throws -> Int {
        try await connection.renewed().tunnel(to: host, port: port)
    }
}
