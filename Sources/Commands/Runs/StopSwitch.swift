import Synchronization

/// Whether a person asked to stop while a run is under way: it ends after its step, not in the middle.
enum StopSwitch {
    private struct State {
        /// What the run is doing, for whoever asks; `nil` while no run is under way.
        var step: String?
        var isRequested = false
    }

    private static let state = Mutex(State())

    static var isRequested: Bool { state.withLock { $0.isRequested } }

    static func begin() { state.withLock { $0 = State(step: "the first step") } }
    static func end() { state.withLock { $0.step = nil } }

    static func doing(_ step: String) {
        state.withLock { state in
            if state.step != nil { state.step = step }
        }
    }

    /// Asks for it. Returns what is finished first; `nil` where no run is under way.
    static func request() -> String? {
        state.withLock { state in
            if state.step != nil { state.isRequested = true }
            return state.step
        }
    }
}
