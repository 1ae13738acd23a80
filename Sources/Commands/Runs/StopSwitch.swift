import Plans
import Synchronization
import UpgradePlanning

/// Whether a person asked to stop while a run is under way: it ends after its step, not in the middle.
enum StopSwitch {
    private struct State {
        /// What the run is doing, for whoever asks; `nil` while no run is under way.
        var step: String?
        var limit = ""
        var since = ContinuousClock.now
        var isRequested = false
    }

    private static let state = Mutex(State())

    static var isRequested: Bool { state.withLock { $0.isRequested } }

    static func begin() { state.withLock { $0 = State(step: "the first step") } }
    static func end() { state.withLock { $0.step = nil } }

    static func doing(_ step: String, _ limit: String) {
        state.withLock { state in
            guard state.step != nil else { return }
            (state.step, state.limit, state.since) = (step, limit, .now)
        }
    }

    /// Asks for it. Returns what is finished first, with how long that is under way and may take; `nil` where no run is
    /// under way.
    static func request() -> String? {
        state.withLock { state in
            guard let step = state.step else { return nil }
            state.isRequested = true
            let seconds = (ContinuousClock.now - state.since).components.seconds
            return "\(step), \(seconds) s under way\(state.limit)"
        }
    }
}

/// How long a person who asked to stop has to wait for the step that is under way.
enum StepLimit {
    static func text(_ action: Action) -> String {
        switch action {
        case .waitFor, .restore(.ask): ": given up at once"
        case .restore(.issueCertificates): "; it takes 3 min at most"
        case .restore(.stageSnapshot(_, _, let bytes)): "; as long as \(Amount.bytes(bytes)) take to get there"
        case .restore(.makeData): "; 15 min at most"
        case .restore, .lock, .unlock: "; a minute or two at most"
        default: ""
        }
    }
}
