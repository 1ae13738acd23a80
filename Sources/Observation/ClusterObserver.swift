public import EtcdClient
public import KubernetesClient
import NixOS
public import NodeAccess
public import UpgradePlanning

/// Looks at a whole cluster: every node, member and apiserver at the same time.
///
/// Nothing that fails to answer stops the rest; it becomes a fact with its reason.
public struct ClusterObserver: Sendable {
    /// What to look at, and as whom.
    public struct Target: Sendable {
        public var cluster: String
        public var nodes: [NodeEndpoint]
        public var ssh: SSHSettings
        /// A kubeconfig on this host; `nil` reads an admin's from a master.
        public var kubeconfig: LocalKubeconfig?
        /// API versions whose users are looked for.
        public var removedAPIs: [RemovedAPI]

        public init(
            cluster: String, nodes: [NodeEndpoint], ssh: SSHSettings,
            kubeconfig: LocalKubeconfig? = nil, removedAPIs: [RemovedAPI]
        ) {
            self.cluster = cluster
            self.nodes = nodes
            self.ssh = ssh
            self.kubeconfig = kubeconfig
            self.removedAPIs = removedAPIs
        }
    }

    /// The facts, and what is known from now on: a store path never changes what it prints.
    public struct Observation: Sendable {
        public var facts: ClusterFacts
        public var versions: [String: String]
        public var publicKeys: [String: String]
    }

    /// The ways in, while the connections stand.
    public struct Ways: Sendable {
        /// Nodes that answered.
        public var sessions: [NodeName: any NodeSession]
        /// Nodes whose etcd can be asked.
        public var etcd: [NodeName: EtcdEndpoint]
        /// As an admin, by the apiserver that answered; `nil` where none did.
        public var apiServer: APIServerAccess?

        public init(
            sessions: [NodeName: any NodeSession], etcd: [NodeName: EtcdEndpoint], apiServer: APIServerAccess? = nil
        ) {
            self.sessions = sessions
            self.etcd = etcd
            self.apiServer = apiServer
        }
    }

    /// A cluster whose nodes are connected.
    public struct ConnectedCluster: Sendable {
        let observer: ClusterObserver
        let connections: [NodeConnection]

        /// Sessions that are made anew where their connection ended, for as long as this stands. Nodes that do not answer now
        /// are among them: they may later.
        public func standingSessions() async -> [NodeName: StandingSession] {
            var sessions: [NodeName: StandingSession] = [:]
            for connection in connections {
                guard let name = NodeName(connection.endpoint.name) else { continue }
                let address = (try? await connection.session().address) ?? connection.endpoint.addresses.first ?? ""
                sessions[name] = StandingSession(connection, address: address)
            }
            return sessions
        }

        /// Whether a new login to a node works, by any of its addresses. Throws `NodeAccessError`.
        public func freshLogin(to node: String) async throws -> String {
            guard let connection = connections.first(where: { $0.endpoint.name == node }) else {
                throw NodeAccessError(.unreachable, node: node, "\(node) is not in the cluster file")
            }
            return try await connection.freshLogin()
        }

        /// Looks once; nodes whose connection has ended are connected to again. Throws only when the task is cancelled.
        public func observe(at now: Instant) async throws -> (observation: Observation, ways: Ways) {
            try await observer.observe(at: now, over: connections)
        }
    }

    public let target: Target
    public let operatorHost: OperatorHost
    public let known: KnownPaths

    public init(target: Target, operatorHost: OperatorHost, known: KnownPaths) {
        self.target = target
        self.operatorHost = operatorHost
        self.known = known
    }

    /// Looks. Throws only when this host cannot start what it needs, or when the task is cancelled.
    public func observe(at now: Instant) async throws -> Observation {
        try await observe(at: now) { observation, _ in observation }
    }

    /// Looks, and hands over what was seen with the ways in, which last as long as `body`. Throws what `body` throws, too.
    public func observe<Result: Sendable>(
        at now: Instant, then body: @escaping @Sendable (Observation, Ways) async throws -> Result
    ) async throws -> Result {
        try await connected { cluster in
            let (observation, ways) = try await cluster.observe(at: now)
            return try await body(observation, ways)
        }
    }

    /// Connects to every node for as long as `body` runs, which may look as often as it likes.
    public func connected<Result: Sendable>(
        _ body: @escaping @Sendable (ConnectedCluster) async throws -> Result
    ) async throws -> Result {
        try NodeReach.check(target.nodes)
        return try await withNodeConnections(to: target.nodes, settings: target.ssh) { connections in
            try await body(ConnectedCluster(observer: self, connections: connections))
        }
    }

    func observe(
        at now: Instant, over connections: [NodeConnection]
    ) async throws -> (observation: Observation, ways: Ways) {
        let masters = MasterWatch(candidates: connections.count)
        async let kubernetes = self.kubernetes(masters)
        let seen = await self.nodes(connections, masters)
        async let etcd = EtcdObservation(
            members: seen.compactMap { node in node.etcd.map { (node.facts.name, $0) } }
        ).facts()
        async let apiServers = self.apiServers(seen, masters)
        var facts = ClusterFacts(
            cluster: target.cluster, observedAt: now, nodes: seen.map(\.facts), etcd: await etcd,
            apiServers: await apiServers, kubernetes: await kubernetes)
        if facts.areSeveralClusters { facts = await apart(facts, seen, masters) }
        if target.kubeconfig == nil, let asked = facts.kubernetes.value?.askedNode,
            let unseen = facts.unseenServer(besides: asked)
        {
            facts.kubernetes = .absent(
                Absence(
                    .unreachable,
                    "\(unseen), whose apiserver the nodes use, was not seen; that of \(asked) is of a cluster of its own"
                ))
        }
        try Task.checkCancellation()
        let observation = Observation(
            facts: facts, versions: seen.reduce(into: known.versions) { $0.merge($1.versions) { $1 } },
            publicKeys: known.publicKeys(after: seen.map(\.publicKeys)))
        return (observation, await ways(connections, seen, facts, masters))
    }

    private func ways(
        _ connections: [NodeConnection], _ seen: [SeenNode], _ facts: ClusterFacts, _ masters: MasterWatch
    ) async -> Ways {
        var ways = Ways(sessions: [:], etcd: [:])
        for node in seen where node.facts.host.value != nil {
            let connection = connections.first { $0.endpoint.name == node.facts.name.text }
            ways.sessions[node.facts.name] = try? await connection?.session()
            ways.etcd[node.facts.name] = try? node.etcd?.get()
        }
        ways.apiServer = try? await apiServer(seen, facts, masters)
        return ways
    }

    private func apiServer(
        _ seen: [SeenNode], _ facts: ClusterFacts, _ masters: MasterWatch
    ) async throws -> APIServerAccess? {
        guard let kubernetes = facts.kubernetes.value else { return nil }
        guard let node = kubernetes.askedNode else { return try await target.kubeconfig?.credentials().access() }
        let route = try seen.first { $0.facts.name == node }?.apiServer?.get()
        guard let route else { return nil }
        return try await access(to: route, masters)
    }

    private func nodes(_ connections: [NodeConnection], _ masters: MasterWatch) async -> [SeenNode] {
        await withTaskGroup(of: SeenNode?.self) { group in
            for connection in connections {
                group.addTask {
                    let node = await NodeObservation(
                        connection: connection, operatorHost: operatorHost, known: known,
                        sshConfiguration: target.ssh.configFile, readsCredentials: target.kubeconfig == nil
                    ).look()
                    await masters.report(try? node?.apiServer?.get())
                    return node
                }
            }
            var seen: [SeenNode] = []
            for await node in group { if let node { seen.append(node) } }
            return seen.sorted { $0.facts.name < $1.facts.name }
        }
    }

    private func apiServers(_ seen: [SeenNode], _ masters: MasterWatch) async -> [APIServerFacts] {
        await withTaskGroup(of: APIServerFacts.self) { group in
            for node in seen {
                guard let route = node.apiServer else { continue }
                group.addTask {
                    let status = await Observed<APIServerStatus> {
                        let access = try await access(to: try route.get(), masters)
                        return try await APIServerConnection.with(access, limits: Self.limits) {
                            try await APIServerObservation.status($0)
                        }
                    }
                    return APIServerFacts(node: node.facts.name, status: status)
                }
            }
            var facts: [APIServerFacts] = []
            for await fact in group { facts.append(fact) }
            return facts
        }
    }

    /// Asks the kubeconfig's server; without one the first apiserver that lets us in, of those whose nodes answered by then.
    private func kubernetes(_ masters: MasterWatch) async -> Observed<KubernetesFacts> {
        var reasons: [String] = []
        if let kubeconfig = target.kubeconfig {
            let answer = await Observed<KubernetesFacts> {
                try await facts(through: try await kubeconfig.credentials().access(), node: nil)
            }
            guard case .absent(let absence) = answer else { return answer }
            reasons.append("kubeconfig: \(absence.reason)")
        }
        while let route = await masters.next() {
            let answer = await Observed<KubernetesFacts> {
                try await facts(through: try await access(to: route, masters), node: route.node)
            }
            guard case .absent(let absence) = answer else {
                guard case .seen(var seen) = answer, target.kubeconfig != nil else { return answer }
                seen.passedOver = reasons.first
                return .seen(seen)
            }
            reasons.append("\(route.node): \(absence.reason)")
        }
        let said = reasons.isEmpty ? "no node that answers runs an apiserver" : reasons.joined(separator: "; ")
        return .absent(Absence(.unreachable, "no apiserver could be asked (\(said))"))
    }

    /// Masters that are several clusters: what each of them keeps, and the cluster as the one says it that is followed.
    private func apart(_ facts: ClusterFacts, _ seen: [SeenNode], _ masters: MasterWatch) async -> ClusterFacts {
        var facts = facts
        let routes = seen.compactMap { node in (try? node.apiServer?.get()).map { (node.facts.name, $0) } }
        let contents = await contents(routes, masters)
        for index in facts.apiServers.indices {
            guard case .seen(var status) = facts.apiServers[index].status,
                let found = contents[facts.apiServers[index].node]
            else { continue }
            status.contents = found
            facts.apiServers[index].status = .seen(status)
        }
        guard target.kubeconfig == nil, let followed = facts.followedServer,
            facts.kubernetes.value?.askedNode != followed,
            let route = routes.first(where: { $0.0 == followed })?.1
        else { return facts }
        facts.kubernetes = await Observed {
            try await self.facts(through: try await access(to: route, masters), node: route.node)
        }
        return facts
    }

    private func contents(
        _ routes: [(NodeName, APIServerRoute)], _ masters: MasterWatch
    ) async -> [NodeName: Observed<ContentFacts>] {
        await withTaskGroup(of: (NodeName, Observed<ContentFacts>).self) { group in
            for (name, route) in routes {
                group.addTask {
                    let contents = await Observed<ContentFacts> {
                        let access = try await access(to: route, masters)
                        return try await APIServerConnection.with(access, limits: Self.limits) {
                            try await APIServerObservation.contents($0)
                        }
                    }
                    return (name, contents)
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private func facts(through access: APIServerAccess, node: NodeName?) async throws -> KubernetesFacts {
        try await APIServerConnection.with(access, limits: Self.limits) { connection in
            try await KubernetesObservation(
                connection: connection, askedNode: node, removedAPIs: target.removedAPIs
            ).facts()
        }
    }

    /// People wait for this: an apiserver that has lost its etcd answers nothing for a minute.
    private static let limits = RequestLimits(request: .seconds(10), metrics: .seconds(15))

    private func access(to route: APIServerRoute, _ masters: MasterWatch) async throws -> APIServerAccess {
        if let kubeconfig = target.kubeconfig { return route.access(try await kubeconfig.credentials()) }
        return route.access(try await masters.credentials(for: route))
    }
}
