/// What a change of its system does to a node, from the mildest to the hardest.
public enum Impact: Hashable, Sendable {
    /// Nothing changes on the node.
    case none
    /// The node changes, Kubernetes on it does not.
    case untouched
    /// These units of Kubernetes restart; pods go on.
    case restarts(units: [String])
    /// Its pods must leave first.
    case drain
    /// Its pods must leave first, and the host boots.
    case reboot

    /// The harder of two.
    public func harder(_ other: Impact) -> Impact {
        guard case .restarts(let units) = self, case .restarts(let others) = other else {
            return rank < other.rank ? other : self
        }
        return .restarts(units: Set(units).union(others).sorted())
    }

    private var rank: Int {
        switch self {
        case .none: 0
        case .untouched: 1
        case .restarts: 2
        case .drain: 3
        case .reboot: 4
        }
    }

    /// The pods of the node have to go elsewhere before it.
    public var needsDrain: Bool {
        switch self {
        case .none, .untouched, .restarts: false
        case .drain, .reboot: true
        }
    }
}

extension Impact: Codable {
    private enum Kind: String, Codable { case none, untouched, restarts, drain, reboot }
    private enum Key: String, CodingKey { case kind, units }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .none: self = .none
        case .untouched: self = .untouched
        case .restarts: self = .restarts(units: try container.decode([String].self, forKey: .units))
        case .drain: self = .drain
        case .reboot: self = .reboot
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .none: try container.encode(Kind.none, forKey: .kind)
        case .untouched: try container.encode(Kind.untouched, forKey: .kind)
        case .restarts(let units):
            try container.encode(Kind.restarts, forKey: .kind)
            try container.encode(units, forKey: .units)
        case .drain: try container.encode(Kind.drain, forKey: .kind)
        case .reboot: try container.encode(Kind.reboot, forKey: .kind)
        }
    }
}
