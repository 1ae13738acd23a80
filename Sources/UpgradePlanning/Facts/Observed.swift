/// A value that was seen, or the reason why it was not. What does not answer is a fact too: the rest goes on.
///
/// In JSON: `{"value": …}` or `{"absent": {"code": "unreachable", "reason": "…"}}`.
public enum Observed<Value: Codable & Hashable & Sendable>: Hashable, Sendable {
    case seen(Value)
    case absent(Absence)

    public var value: Value? {
        if case .seen(let value) = self { value } else { nil }
    }

    public var absence: Absence? {
        if case .absent(let absence) = self { absence } else { nil }
    }
}

/// Why something could not be observed.
public struct Absence: Codable, Hashable, Sendable {
    /// What kind of reason it is; decisions are made on this, never on the text.
    public enum Code: String, Codable, Sendable, CaseIterable {
        /// No address of it answered.
        case unreachable
        /// It answered and refused the login or the credentials.
        case refused
        /// Its host key is not the known one, or none is known.
        case hostKey
        /// The login works, but becoming root does not without a password.
        case noPrivilege
        /// It did not answer in time.
        case timedOut
        /// It answered with something that is not what was asked for.
        case malformed
        /// It is not there: no such file, unit, command or module.
        case missing
        /// It answered with an error of its own.
        case failed
        /// It was not asked, since something it needs is absent.
        case notAsked
    }

    public var code: Code
    /// One sentence for people; never a secret.
    public var reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

extension Observed: Codable {
    private enum Key: String, CodingKey { case value, absent }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let absence = try container.decodeIfPresent(Absence.self, forKey: .absent) {
            self = .absent(absence)
        } else {
            self = .seen(try container.decode(Value.self, forKey: .value))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .seen(let value): try container.encode(value, forKey: .value)
        case .absent(let absence): try container.encode(absence, forKey: .absent)
        }
    }
}
