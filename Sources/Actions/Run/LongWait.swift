import Synchronization

/// A wait that may take long: once it has, whoever wants to hear of it is told, one time, what it waits for.
struct LongWait: Sendable {
    /// Long, in a wait of a run.
    static let usual = Duration.seconds(60)

    let after: Duration
    let tell: @Sendable (String) async -> Void

    /// The last reason, and whether it was told.
    private final class Reason: Sendable {
        let text = Mutex<String?>(nil)
    }

    init(after: Duration = Self.usual, tell: @escaping @Sendable (String) async -> Void) {
        self.after = after
        self.tell = tell
    }

    /// Waits by `body`, which reports what it waits for. Nothing is told of one that is over before, or has not said why.
    func during<Result: Sendable>(
        _ report: @escaping @Sendable (String) -> Void,
        _ body: @escaping @Sendable (@escaping @Sendable (String) -> Void) async throws -> Result
    ) async throws -> Result {
        let reason = Reason()
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await body { why in
                    reason.text.withLock { $0 = why }
                    report(why)
                }
            }
            group.addTask {
                try await Task.sleep(for: after)
                if let why = reason.text.withLock({ $0 }) { await tell(why) }
                return nil
            }
            defer { group.cancelAll() }
            while let next = try await group.next() { if let next { return next } }
            throw CancellationError()
        }
    }
}
