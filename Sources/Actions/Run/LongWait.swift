import RunEngine
import Synchronization

/// A wait that may take long: once it has, whoever wants to hear of it is told, one time, what it waits for.
struct LongWait: Sendable {
    /// Long, in a wait of a run.
    static let usual = Duration.seconds(60)
    /// How often a reason is looked for, where a long wait has not said one yet.
    private static let glance = Duration.milliseconds(200)

    let after: Duration
    let tell: @Sendable (String) async -> Void

    private final class Standing: Sendable {
        struct State {
            var reason: String?
            var isTelling = false
            var isOver = false
        }

        let state = Mutex(State())

        /// What to tell now; `nil`: nothing is known to wait for. From here on the wait's end waits for it to be told.
        func begin() -> String? {
            state.withLock { state in
                guard !state.isOver, let reason = state.reason else { return nil }
                state.isTelling = true
                return reason
            }
        }

        /// The wait has ended. Whether somebody is being told.
        func end() -> Bool {
            state.withLock { state in
                state.isOver = true
                return state.isTelling
            }
        }
    }

    init(after: Duration = Self.usual, tell: @escaping @Sendable (String) async -> Void) {
        self.after = after
        self.tell = tell
    }

    /// Waits by `body`, which says what it waits for, `nil` while that is nothing. Nothing is told of a wait that is over before.
    ///
    /// Whoever is being told is left to finish, unless the wait was given up or its task cancelled.
    func during<Result: Sendable>(
        _ body: (@escaping @Sendable (String?) -> Void) async throws -> Result
    ) async throws -> Result {
        let standing = Standing()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await teller(standing) }
            do {
                let result = try await body { why in standing.state.withLock { $0.reason = why } }
                if standing.end() { try? await group.waitForAll() }
                group.cancelAll()
                return result
            } catch {
                if standing.end(), !(error is Abandoned) { try? await group.waitForAll() }
                group.cancelAll()
                throw error
            }
        }
    }

    private func teller(_ standing: Standing) async throws {
        try await Task.sleep(for: after)
        while true {
            if let reason = standing.begin() { return await tell(reason) }
            try await Task.sleep(for: Self.glance)
        }
    }
}
