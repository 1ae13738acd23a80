/// A condition that must hold twice in a row before a run goes on.
public enum Gate: Hashable, Sendable {
    /// A new connection to the node works, by an address that is not the guard's own.
    case freshConnection
    /// The active system is the planned one, and no unit failed that had not failed before.
    case systemActive
    /// The Node object is Ready, its kubelet has this version, and it reported since the change.
    case nodeReady(kubelet: String)
    /// The node's own apiserver says ready and has this version.
    case apiServerReady(version: String)
    /// Every voter answers, all know the same leader, none has an alarm or lags.
    case etcdHealthy(voters: Int)
    /// Controller-manager and scheduler hold their leases and renew them.
    case controllersLead
    /// A new pod on the node starts, resolves a name and reaches a pod on another node.
    case podNetwork
    /// Every member answers, knows the same leader, and all have the same keys; at least so far in revisions.
    case membersAgree(nodes: [String], revision: Int64)
    /// The nodes' apiservers say ready.
    case apiServersServe(nodes: [String])
    /// Node objects are Ready, by leases that were renewed since the run's own apiserver started.
    case nodesReport(nodes: [String])
    /// A token that the apiserver gives a service account lets that account in.
    case tokensAccepted
    /// The service `kubernetes` leads to apiservers that exist, and no pod is bound to a node that does not.
    case nothingStale(nodes: [String])
}

extension Gate: Codable {
    private enum Kind: String, Codable {
        case freshConnection, systemActive, nodeReady, apiServerReady, etcdHealthy, controllersLead, podNetwork
        case membersAgree, apiServersServe, nodesReport, tokensAccepted, nothingStale
    }
    private enum Key: String, CodingKey { case kind, kubelet, version, voters, nodes, revision }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .freshConnection: self = .freshConnection
        case .systemActive: self = .systemActive
        case .nodeReady: self = .nodeReady(kubelet: try container.decode(String.self, forKey: .kubelet))
        case .apiServerReady: self = .apiServerReady(version: try container.decode(String.self, forKey: .version))
        case .etcdHealthy: self = .etcdHealthy(voters: try container.decode(Int.self, forKey: .voters))
        case .controllersLead: self = .controllersLead
        case .podNetwork: self = .podNetwork
        case .membersAgree:
            self = .membersAgree(
                nodes: try nodes(container), revision: try container.decode(Int64.self, forKey: .revision))
        case .apiServersServe: self = .apiServersServe(nodes: try nodes(container))
        case .nodesReport: self = .nodesReport(nodes: try nodes(container))
        case .tokensAccepted: self = .tokensAccepted
        case .nothingStale: self = .nothingStale(nodes: try nodes(container))
        }
        func nodes(_ container: KeyedDecodingContainer<Key>) throws -> [String] {
            try container.decode([String].self, forKey: .nodes)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .kind)
        switch self {
        case .freshConnection, .systemActive, .controllersLead, .podNetwork, .tokensAccepted: break
        case .membersAgree(let nodes, let revision):
            try container.encode(nodes, forKey: .nodes)
            try container.encode(revision, forKey: .revision)
        case .apiServersServe(let nodes), .nodesReport(let nodes), .nothingStale(let nodes):
            try container.encode(nodes, forKey: .nodes)
        case .nodeReady(let kubelet): try container.encode(kubelet, forKey: .kubelet)
        case .apiServerReady(let version): try container.encode(version, forKey: .version)
        case .etcdHealthy(let voters): try container.encode(voters, forKey: .voters)
        }
    }

    private var kind: Kind {
        switch self {
        case .freshConnection: .freshConnection
        case .systemActive: .systemActive
        case .nodeReady: .nodeReady
        case .apiServerReady: .apiServerReady
        case .etcdHealthy: .etcdHealthy
        case .controllersLead: .controllersLead
        case .podNetwork: .podNetwork
        case .membersAgree: .membersAgree
        case .apiServersServe: .apiServersServe
        case .nodesReport: .nodesReport
        case .tokensAccepted: .tokensAccepted
        case .nothingStale: .nothingStale
        }
    }
}
