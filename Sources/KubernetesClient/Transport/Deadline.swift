/// Runs `work`; when `limit` has passed first, cancels it and throws `error`. Waits for the cancelled work to end, so
/// `work` must honour cancellation.
func within<Value: Sendable>(
    _ limit: Duration, orThrow error: KubernetesError, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        guard let first = try await group.next(), let value = first else { throw error }
        return value
    }
}
