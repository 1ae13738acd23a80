import FoundationEssentials
import NodeAccess
import Observation
import UpgradePlanning

/// What `init` found out.
struct FoundCluster: Sendable {
    struct Node: Sendable {
        var name: NodeName
        /// Those that answer first.
        var addresses: [String]
        var user: String?
        /// None of its addresses took us in.
        var reason: String?
    }

    var name: String
    var nodes: [Node]
    var sshConfig: String?
    var kubeconfig: String?
    var flake: String?
}

/// Asks a cluster for its nodes, and tries which of their addresses answer.
struct ClusterSearch: Sendable {
    let command: InitCommand
    let world: World

    func search() async throws -> FoundCluster {
        let kubeconfig = try self.kubeconfig()
        guard command.node != nil || kubeconfig != nil else {
            throw Problem(
                "KUP-E061", "nothing says where the cluster is", because: ["there is no kubeconfig of yours"],
                next: ["kupgrade init --node MASTER", "kupgrade init --kubeconfig FILE"], status: .usage)
        }
        let (objects, here) = try await nodeObjects(kubeconfig)
        let user = command.node.flatMap(Self.user)
        let wanted = objects.compactMap { object -> NodeEndpoint? in
            guard let name = NodeName(object.name) ?? NodeName(object.name.prefix { $0 != "." }) else { return nil }
            var addresses = [name.text] + object.internalAddresses.filter { $0 != name.text }
            if let here, here == name.text { addresses = ["local"] }
            return NodeEndpoint(name: name.text, addresses: addresses, user: user, become: .none)
        }
        let nodes = try await tried(wanted)
        return FoundCluster(
            name: command.name, nodes: nodes, sshConfig: command.sshConfig.map(world.absolute),
            kubeconfig: command.node == nil ? kubeconfig : nil, flake: flake())
    }

    private func kubeconfig() throws -> String? {
        if let path = command.kubeconfig { return world.absolute(path) }
        guard command.node == nil else { return nil }
        let variable = world.environment["KUBECONFIG"]?.split(separator: ":").first.map(String.init)
        return [variable, world.home + "/.kube/config"].compactMap { $0 }.first { StandardFiles.exists($0) }
    }

    /// The cluster's nodes, and the name of the one that this host is, where that was asked for.
    private func nodeObjects(_ kubeconfig: String?) async throws -> ([NodeObjectFacts], here: String?) {
        let master = command.node.flatMap { text in
            NodeName(Self.host(text) ?? "").map { name in
                ClusterFile.Node(name: name, addresses: [Self.host(text) ?? text], user: Self.user(text), become: .none)
            }
        }
        if let text = command.node, master == nil {
            throw Problem("KUP-E062", "--node \(text) is no host name", status: .usage)
        }
        let file = ClusterFile(
            path: world.workingDirectory + "/kupgrade.yaml", name: command.name, nodes: master.map { [$0] } ?? [],
            sshConfig: command.sshConfig.map(world.absolute), kubeconfig: kubeconfig,
            channel: ClusterFile.Channel(flake: nil, input: "nixpkgs", nixpkgs: nil, bridges: [:]))
        let facts = try await LiveWorld(world: world, file: file).observe()
        if let kubernetes = facts.kubernetes.value, !kubernetes.nodes.isEmpty {
            let here = command.node == "local" ? facts.nodes.first?.host.value?.hostname.lowercased() : nil
            return (kubernetes.nodes, here)
        }
        var reasons = facts.nodes.compactMap { $0.host.absence?.reason }
        reasons += [facts.kubernetes.absence?.reason].compactMap { $0 }
        if facts.kubernetes.value != nil {
            reasons.append("its apiserver answers and has no Node: it may be a control plane that nobody follows")
        }
        let isSeen = facts.nodes.contains { $0.host.value != nil } || facts.kubernetes.value != nil
        let login = "ssh" + (command.sshConfig.map { " -F \(Paste.word(world.absolute($0)))" } ?? "")
        let there = command.node == "local" ? "" : "\(login) \(command.node ?? "MASTER") "
        let look =
            facts.kubernetes.value != nil
            ? "kupgrade explain KUP-P016"
            : there + (isSeen || there.isEmpty ? "systemctl status kube-apiserver" : "true")
        throw Problem(
            "KUP-E063", "the cluster does not say which nodes it has", because: reasons,
            next: [look, "kupgrade init --node MASTER  # another node", "kubectl get nodes"],
            status: isSeen ? .failed : .unreachable)
    }

    private func tried(_ endpoints: [NodeEndpoint]) async throws -> [FoundCluster.Node] {
        let settings = SSHSettings(configFile: command.sshConfig.map(world.absolute))
        return try await withNodeConnections(to: endpoints, settings: settings) { connections in
            await withTaskGroup(of: FoundCluster.Node?.self) { group in
                for connection in connections { group.addTask { await Self.tried(connection) } }
                var nodes: [FoundCluster.Node] = []
                for await node in group { if let node { nodes.append(node) } }
                return nodes.sorted { $0.name < $1.name }
            }
        }
    }

    private static func tried(_ connection: NodeConnection) async -> FoundCluster.Node? {
        guard let name = NodeName(connection.endpoint.name) else { return nil }
        _ = try? await connection.session()
        let attempts = await connection.checkedAddresses()
        var alive: [String] = []
        var dead: [String] = []
        var reason: String?
        for attempt in attempts {
            if case .failed(let error) = attempt.outcome {
                dead.append(attempt.address)
                reason = reason ?? error.message
            } else {
                alive.append(attempt.address)
            }
        }
        return FoundCluster.Node(
            name: name, addresses: alive.isEmpty ? dead : alive, user: connection.endpoint.user,
            reason: alive.isEmpty ? reason : nil)
    }

    /// Where people keep it.
    private func flake() -> String? {
        if StandardFiles.exists(world.workingDirectory + "/flake.nix") { return "." }
        return StandardFiles.exists("/etc/nixos/flake.nix") ? "/etc/nixos" : nil
    }

    private static func user(_ text: String) -> String? {
        text.contains("@") ? text.split(separator: "@").first.map(String.init) : nil
    }

    private static func host(_ text: String?) -> String? { text?.split(separator: "@").last.map(String.init) }
}
