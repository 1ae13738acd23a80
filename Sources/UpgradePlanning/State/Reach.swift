/// Which apiserver a component talks to, as its kubeconfig says.
enum Reach: Hashable, Sendable {
    /// The one on this node.
    case node(NodeName)
    /// An address that belongs to no node of the cluster: a balancer or a floating address, so any of them.
    case shared
    /// Nobody could read it.
    case unknown
}

/// Finds the node that an apiserver's URL leads to.
struct ServerIndex: Sendable {
    private let owners: [String: NodeName]
    private let apiServers: Set<NodeName>

    /// Names and addresses that belong to exactly one node. Interfaces are not asked: a floating address is on one of
    /// them too, for the time being.
    init(nodes: [NodeFacts], objects: [NodeName: NodeObjectFacts], apiServers: Set<NodeName>) {
        var owners: [String: NodeName] = [:]
        var claimedTwice: Set<String> = []
        for node in nodes {
            var names: Set<String> = [node.name.text]
            names.formUnion(node.addresses.map { Self.bare($0.address) })
            if let host = node.host.value { names.insert(host.hostname.lowercased()) }
            names.formUnion(objects[node.name]?.internalAddresses.map { Self.bare($0) } ?? [])
            for name in names {
                if owners.updateValue(node.name, forKey: name) != nil { claimedTwice.insert(name) }
            }
        }
        self.owners = owners.filter { !claimedTwice.contains($0.key) }
        self.apiServers = apiServers
    }

    /// Where a component of `node` with this server in its kubeconfig is led.
    func reach(from node: NodeName, server: String?) -> Reach {
        if apiServers.count == 1, let only = apiServers.first { return .node(only) }
        guard let host = server.map(Self.host) else { return .unknown }
        let isLoopback = host == "localhost" || host.hasPrefix("127.") || host == "::1"
        guard let owner = isLoopback ? node : owners[host], apiServers.contains(owner) else { return .shared }
        return .node(owner)
    }

    /// The node that a server's name belongs to, whether it was seen or not; `nil` for a name of no node.
    func owner(of server: String, from node: NodeName) -> NodeName? {
        let host = Self.host(server)
        let isLoopback = host == "localhost" || host.hasPrefix("127.") || host == "::1"
        return isLoopback ? node : owners[host]
    }

    /// Nodes of members that did not answer, as the others list them: by the member's name, else by where it is reached.
    func silentMembers(of etcd: EtcdTopology) -> Set<NodeName> {
        let answering = Set(etcd.answering.map(\.status.memberID))
        let silent = etcd.answering.flatMap(\.status.members).filter { !answering.contains($0.memberID) }
        return Set(
            silent.compactMap { peer in
                owners[peer.name.lowercased()] ?? peer.peerURLs.lazy.compactMap { owners[Self.host($0)] }.first
            })
    }

    /// `grey-area` of `https://grey-area:6443/`, in lower case; brackets of an IPv6 address are dropped.
    static func host(_ url: String) -> String {
        var rest = url[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        rest = rest.prefix { $0 != "/" }
        if rest.first == "[" { return rest.dropFirst().prefix { $0 != "]" }.lowercased() }
        return rest.prefix { $0 != ":" }.lowercased()
    }

    /// An ssh address without a user and a port.
    private static func bare(_ address: String) -> String {
        let afterUser = address.split(separator: "@").last.map(String.init) ?? address
        let colons = afterUser.filter { $0 == ":" }.count
        return colons > 1 && !afterUser.hasPrefix("[") ? afterUser.lowercased() : host(afterUser)
    }
}
