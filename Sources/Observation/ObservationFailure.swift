import EtcdClient
import KubernetesClient
import NixOS
import NodeAccess
import UpgradePlanning

/// A reason why something was not seen, on its way to becoming a fact.
struct ObservationFailure: Error {
    var absence: Absence

    init(_ code: Absence.Code, _ reason: String) {
        absence = Absence(code, reason)
    }
}

extension Absence {
    /// What an adapter's error means for the facts.
    init(_ error: any Error) {
        switch error {
        case let failure as ObservationFailure: self = failure.absence
        case let error as NodeAccessError: self.init(Self.code(error.code), error.message)
        case let error as EtcdError: self.init(Self.code(error.code), error.message)
        case let error as KubernetesError: self.init(Self.code(error.code), error.message)
        case let error as KubeconfigError: self.init(.malformed, error.message)
        case let error as NixError: self.init(Self.code(error.code), error.message)
        case is CancellationError: self.init(.notAsked, "the observation was ended before this was asked")
        default: self.init(.failed, "\(error)")
        }
    }

    private static func code(_ code: NodeAccessError.Code) -> Absence.Code {
        switch code {
        case .unreachable, .connectionLost: .unreachable
        case .loginRefused: .refused
        case .hostKeyChanged, .hostKeyUnknown: .hostKey
        case .privilegeRefused: .noPrivilege
        case .commandMissing, .programMissing: .missing
        case .timedOut: .timedOut
        case .outputTooLarge: .malformed
        }
    }

    private static func code(_ code: NixError.Code) -> Absence.Code {
        switch code {
        case .noNix, .noSuchHost, .noModule, .noClosure: .missing
        case .evaluation: .failed
        case .timedOut: .timedOut
        case .malformed: .malformed
        }
    }

    private static func code(_ code: EtcdError.Code) -> Absence.Code {
        switch code {
        case .unreachable: .unreachable
        case .timedOut: .timedOut
        case .refused: .refused
        case .outOfRange, .failed: .failed
        case .badCredentials: .malformed
        }
    }

    private static func code(_ code: KubernetesError.Code) -> Absence.Code {
        switch code {
        case .unreachable: .unreachable
        case .timedOut: .timedOut
        case .tlsRefused, .unauthorized, .forbidden: .refused
        case .notFound: .missing
        case .notKubernetes, .malformed, .tooLarge, .misconfigured: .malformed
        case .conflict, .expired, .tooManyRequests, .rejected, .serverError: .failed
        }
    }
}

extension Observed {
    /// What `body` returns, or why it could not: nothing is thrown.
    init(_ body: () async throws -> Value) async {
        do {
            self = .seen(try await body())
        } catch {
            self = .absent(Absence(error))
        }
    }
}
