import KubernetesClient
public import Observation
public import Plans
public import UpgradePlanning

/// Looks whether what a run waits for has come.
public struct Gates: Sendable {
    /// Looks at the whole cluster anew.
    public typealias Look = @Sendable () async throws -> (facts: ClusterFacts, ways: ClusterObserver.Ways)

    let look: Look

    public init(look: @escaping Look) { self.look = look }

    /// What is missing, a sentence each; empty when all hold.
    func missing(_ gates: [Gate]) async throws -> [String] {
        let (facts, ways) = try await look()
        var missing: [String] = []
        for gate in gates {
            let found =
                GateJudgement.missing(gate, facts)
                + (await asked(gate, facts, ways))
            missing += found
            // What comes later depends on what comes first.
            if !found.isEmpty { break }
        }
        return missing
    }

    /// Waits until all hold twice in a row, `limit` seconds at most. What is missing then, a sentence each; an empty list where
    /// nothing is. Not an error: a cluster that cannot be looked at. Throws when the task is cancelled.
    public func settle(_ gates: [Gate], limit: Int) async throws -> [String] {
        let end = ContinuousClock.now + .seconds(limit)
        var held = 0
        while true {
            let missing: [String]
            do {
                missing = try await self.missing(gates)
            } catch {
                try Task.checkCancellation()
                missing = ["the cluster could not be looked at: \(error)"]
            }
            held = missing.isEmpty ? held + 1 : 0
            if held == 2 { return [] }
            if ContinuousClock.now >= end { return missing.isEmpty ? ["it held only once"] : missing }
            try await Task.sleep(for: .seconds(2))
        }
    }

    /// What only a question to the apiserver answers.
    private func asked(_ gate: Gate, _ facts: ClusterFacts, _ ways: ClusterObserver.Ways) async -> [String] {
        switch gate {
        case .tokensAccepted, .nodesReport, .nothingStale: break
        default: return []
        }
        guard let access = ways.apiServer else { return ["no apiserver answers yet"] }
        do {
            return try await APIServerConnection.with(access, limits: Self.limits) { connection in
                switch gate {
                case .tokensAccepted:
                    return try await connection.acceptsNewToken(access)
                        ? [] : ["the apiserver refuses a token that it gave a service account"]
                case .nodesReport(let nodes):
                    let leases = try await connection.leases(namespace: "kube-node-lease")
                    return GateJudgement.silent(nodes, leases, since: facts.newestAPIServerStart)
                case .nothingStale(let nodes):
                    let addresses = try await connection.apiServerAddresses()
                    return GateJudgement.stale(addresses, nodes, facts)
                default: return []
                }
            }
        } catch {
            return ["\(error)"]
        }
    }

    private static let limits = RequestLimits(request: .seconds(10), metrics: .seconds(15))
}

extension ClusterFacts {
    /// When the apiserver that was started last was.
    var newestAPIServerStart: Instant? {
        nodes.compactMap { $0.host.value?.unit(Component.apiServer.unit)?.activeSince }.max()
    }
}

/// What gates say of facts: pure.
enum GateJudgement {
    static func missing(_ gate: Gate, _ facts: ClusterFacts) -> [String] {
        switch gate {
        case .membersAgree(let nodes, let revision): members(nodes, revision, facts)
        case .apiServersServe(let nodes): nodes.compactMap { apiServer($0, facts) }
        case .nodesReport(let nodes): notReady(nodes, facts)
        case .nothingStale: phantoms(facts)
        default: []
        }
    }

    private static func members(_ nodes: [String], _ revision: Int64, _ facts: ClusterFacts) -> [String] {
        var seen: [(node: String, member: EtcdMemberFacts)] = []
        for node in nodes {
            guard let endpoint = facts.etcd.first(where: { $0.node.text == node }) else {
                return ["etcd on \(node) has not started yet"]
            }
            switch endpoint.status {
            case .absent(let absence): return ["etcd on \(node) does not answer: \(absence.reason)"]
            case .seen(let member): seen.append((node, member))
            }
        }
        for (node, member) in seen where member.leaderID == nil { return ["etcd on \(node) knows no leader yet"] }
        for (node, member) in seen where member.revision < revision {
            return ["etcd on \(node) is at revision \(member.revision), and \(revision) was restored"]
        }
        if Set(seen.map(\.member.leaderID)).count > 1 { return ["the members do not know the same leader"] }
        guard seen.count > 1 else { return [] }
        let hashes = seen.compactMap(\.member.hash.value)
        // Restored data whose revision was moved is compacted up to it: nobody has a hash before the first write.
        guard !hashes.isEmpty else { return [] }
        if let silent = seen.first(where: { $0.member.hash.value == nil }) {
            return ["etcd on \(silent.node) did not say the hash of its keys"]
        }
        // All are asked at one revision; what was compacted since is not in it.
        guard Set(hashes.map(\.revision)).count == 1, Set(hashes.map(\.compactRevision)).count == 1 else {
            return ["the members gave hashes of different revisions"]
        }
        if Set(hashes.map(\.hash)).count > 1 { return ["the members do not have the same keys"] }
        return []
    }

    private static func apiServer(_ node: String, _ facts: ClusterFacts) -> String? {
        guard let server = facts.apiServers.first(where: { $0.node.text == node }) else {
            return "the apiserver on \(node) has not started yet"
        }
        switch server.status {
        case .absent(let absence): return "the apiserver on \(node) does not answer: \(absence.reason)"
        case .seen(let status):
            return status.notReady.first.map { "the apiserver on \(node) is not ready: \($0)" }
        }
    }

    private static func notReady(_ nodes: [String], _ facts: ClusterFacts) -> [String] {
        guard let objects = facts.kubernetes.value?.nodes else { return ["no apiserver answers yet"] }
        return nodes.compactMap { node in
            guard let object = objects.first(where: { Self.names($0.name, node) }) else {
                return "the node \(node) has not registered yet"
            }
            return object.isReady ? nil : "the node \(node) is not Ready yet"
        }
    }

    /// Kubelets whose lease is as old as the snapshot: their Ready says nothing.
    static func silent(_ nodes: [String], _ leases: [LeaseObject], since start: Instant?) -> [String] {
        guard let start else { return ["no apiserver has started yet"] }
        return nodes.compactMap { node in
            let renewed = leases.first { Self.names($0.name, node) }?.renewTime.flatMap { Instant(rfc3339: $0) }
            return renewed.map { $0 > start } == true ? nil : "the kubelet on \(node) has not reported since the start"
        }
    }

    /// NixOS's kubelet registers by the host's full name where it has a domain.
    private static func names(_ object: String, _ node: String) -> Bool {
        object == node || object.hasPrefix(node + ".")
    }

    private static func phantoms(_ facts: ClusterFacts) -> [String] {
        guard let kubernetes = facts.kubernetes.value else { return ["no apiserver answers yet"] }
        let nodes = Set(kubernetes.nodes.map(\.name))
        let phantoms = kubernetes.pods.filter { !$0.nodeName.isEmpty && !nodes.contains($0.nodeName) }
        return phantoms.first.map { ["the pod \($0.namespace)/\($0.name) is bound to a node that is gone"] } ?? []
    }

    /// Addresses of the service `kubernetes` that are no apiserver's.
    static func stale(_ addresses: [String], _ nodes: [String], _ facts: ClusterFacts) -> [String] {
        let own = Set(
            facts.nodes.filter { nodes.contains($0.name.text) }.flatMap { node in
                (node.host.value?.interfaces ?? []).map { String($0.address.prefix { $0 != "/" }) }
            })
        if addresses.isEmpty { return ["the service kubernetes leads nowhere yet"] }
        return addresses.filter { !own.contains($0) }.map { "the service kubernetes still leads to \($0)" }
    }
}
