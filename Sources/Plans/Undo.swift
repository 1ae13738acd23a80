/// How one step is taken back.
public enum Undo: Hashable, Sendable {
    /// It changes nothing that would have to be taken back.
    case nothing
    /// The prior value, which the journal has, is written back: and only where the value is still ours.
    case putBack(what: String)
    /// The generation that was active before is activated again, as far as the way back allows it.
    case reactivate
    /// It cannot be taken back, and why that is no harm.
    case impossible(reason: String)
}

extension Undo: Codable {
    private enum Kind: String, Codable { case nothing, putBack, reactivate, impossible }
    private enum Key: String, CodingKey { case kind, what, reason }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .nothing: self = .nothing
        case .putBack: self = .putBack(what: try container.decode(String.self, forKey: .what))
        case .reactivate: self = .reactivate
        case .impossible: self = .impossible(reason: try container.decode(String.self, forKey: .reason))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .nothing: try container.encode(Kind.nothing, forKey: .kind)
        case .putBack(let what):
            try container.encode(Kind.putBack, forKey: .kind)
            try container.encode(what, forKey: .what)
        case .reactivate: try container.encode(Kind.reactivate, forKey: .kind)
        case .impossible(let reason):
            try container.encode(Kind.impossible, forKey: .kind)
            try container.encode(reason, forKey: .reason)
        }
    }
}
