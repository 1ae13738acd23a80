import Synchronization

/// Ends a stream that has stood still: waits for progress, not for the end.
final class ProgressWatch: Sendable {
    private let patience: Duration
    /// Since when nothing new has come; `nil` while what came is being worked on.
    private let waitingSince: Mutex<ContinuousClock.Instant?>

    init(patience: Duration) {
        self.patience = patience
        waitingSince = Mutex(ContinuousClock.now)
    }

    func pause() { waitingSince.withLock { $0 = nil } }
    func resume() { waitingSince.withLock { $0 = ContinuousClock.now } }

    /// Runs until it is cancelled. Throws ``EtcdError`` `timedOut`.
    func run() async throws {
        while true {
            try await Task.sleep(for: min(patience / 4, .seconds(1)))
            let since = waitingSince.withLock { $0 }
            guard let since, ContinuousClock.now - since > patience else { continue }
            throw EtcdError(
                .timedOut, "etcd has sent nothing of its snapshot for \(patience.components.seconds) s")
        }
    }
}
