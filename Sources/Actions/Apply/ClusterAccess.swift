import KubernetesClient
import NodeAccess
public import Observation
import RunEngine
public import UpgradePlanning

/// The ways into a cluster while a run changes it: looked for anew when one of them stopped working.
public actor ClusterAccess {
    private let look: Gates.Look
    private let patience: Int
    private var known: (facts: ClusterFacts, ways: ClusterObserver.Ways)?

    /// `patience`: seconds that an apiserver may be away: one that restarts is waited for.
    public init(look: @escaping Gates.Look, patience: Int = 180) {
        self.look = look
        self.patience = patience
    }

    /// Looks at the whole cluster anew.
    public func looked() async throws -> (facts: ClusterFacts, ways: ClusterObserver.Ways) {
        let seen = try await look()
        known = seen
        return seen
    }

    /// As it was seen last, where it was.
    func last() async throws -> (facts: ClusterFacts, ways: ClusterObserver.Ways) {
        if let known { return known }
        return try await looked()
    }

    private static let limits = RequestLimits(request: .seconds(10), metrics: .seconds(15))

    /// Asks an apiserver. One that does not answer any more is looked for anew, and waited for. Throws `KubernetesError`, and
    /// ``RunError`` where none comes back.
    @discardableResult
    func ask<Answer: Sendable>(
        _ body: @Sendable (APIServerConnection) async throws -> Answer
    ) async throws -> Answer {
        let began = ContinuousClock.now
        while true {
            do {
                return try await APIServerConnection.with(try await access(), limits: Self.limits, body)
            } catch let error as KubernetesError where error.isConnection {
                known = nil
                guard ContinuousClock.now - began < .seconds(patience) else { throw error }
            } catch let error as RunError where error.code == .cannotRead {
                known = nil
                guard ContinuousClock.now - began < .seconds(patience) else { throw error }
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func access() async throws -> APIServerAccess {
        if let access = known?.ways.apiServer { return access }
        guard let access = try await looked().ways.apiServer else {
            throw RunError(.cannotRead, "no apiserver answers")
        }
        return access
    }
}

extension KubernetesError {
    /// It is the way there that failed, not what was asked: the next apiserver may answer.
    var isConnection: Bool {
        switch code {
        case .unreachable, .timedOut, .tlsRefused, .notKubernetes, .serverError: true
        default: false
        }
    }
}
