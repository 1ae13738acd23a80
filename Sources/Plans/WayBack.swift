/// What going back to the state before the run takes, from the easiest to the hardest.
///
/// There is no supported downgrade of an apiserver over data that a newer minor wrote: "rolling back a minor: you
/// must have a datastore snapshot taken on the minor version you wish to roll back to" (K3s manual, rollback).
public enum WayBack: Hashable, Sendable {
    /// Switch the generations back.
    case free
    /// Downgrade etcd first (`etcdctl downgrade enable`, from etcd 3.5 on), then switch the generations back.
    case etcdStep
    /// Restore etcd from the archive that this run made; what was written since is lost.
    case needsRestore
    /// There is none.
    case oneWay(reason: String)

    private var rank: Int {
        switch self {
        case .free: 0
        case .etcdStep: 1
        case .needsRestore: 2
        case .oneWay: 3
        }
    }

    /// The harder of the two ways: once a way back is lost, later steps do not bring it again.
    public func harder(_ other: WayBack) -> WayBack { other.rank > rank ? other : self }
}

extension WayBack: Codable {
    private enum Kind: String, Codable { case free, etcdStep, needsRestore, oneWay }
    private enum Key: String, CodingKey { case kind, reason }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .free: self = .free
        case .etcdStep: self = .etcdStep
        case .needsRestore: self = .needsRestore
        case .oneWay: self = .oneWay(reason: try container.decode(String.self, forKey: .reason))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .free: try container.encode(Kind.free, forKey: .kind)
        case .etcdStep: try container.encode(Kind.etcdStep, forKey: .kind)
        case .needsRestore: try container.encode(Kind.needsRestore, forKey: .kind)
        case .oneWay(let reason):
            try container.encode(Kind.oneWay, forKey: .kind)
            try container.encode(reason, forKey: .reason)
        }
    }
}
