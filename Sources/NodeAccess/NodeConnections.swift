import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Connects to nodes for as long as `body` runs: all at the same time, each on its own.
///
/// A node that cannot be reached is no error here; its ``NodeConnection/session()`` throws. When `body` returns or throws,
/// or the task is cancelled, every connection and its helper program are ended before this returns.
public func withNodeConnections<Result: Sendable>(
    to endpoints: [NodeEndpoint], settings: SSHSettings,
    body: @escaping @Sendable ([NodeConnection]) async throws -> Result
) async throws -> Result {
    let folder = try SocketFolder.make()
    defer { SocketFolder.remove(folder) }
    let connections = endpoints.enumerated().map { number, endpoint in
        NodeConnection(endpoint: endpoint, settings: settings, socketFolder: folder, number: number)
    }
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        for connection in connections {
            group.addTask {
                await connection.serve()
                return nil
            }
        }
        group.addTask { try await body(connections) }
        defer { group.cancelAll() }
        while let next = try await group.next() {
            if let result = next { return result }
        }
        throw CancellationError()
    }
}
