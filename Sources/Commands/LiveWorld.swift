import FoundationEssentials
import NodeAccess
import Observation
import UpgradePlanning

/// Fits the adapters to the commands: the one place that knows both sides. It only wires.
struct LiveWorld: Sendable {
    let world: World
    let file: ClusterFile

    /// Looks at the cluster now. Throws ``Problem``; what does not answer is a fact, not an error.
    func observe() async throws -> ClusterFacts {
        try await observe { facts, _ in facts }
    }

    /// Looks, and hands over the ways in, which last as long as `body`. Throws what `body` throws, too.
    func observe<Result: Sendable>(
        then body: @escaping @Sendable (ClusterFacts, ClusterObserver.Ways) async throws -> Result
    ) async throws -> Result {
        try await connected { cluster in
            let (observation, ways) = try await cluster.observe(at: world.now())
            return try await body(withArchives(observation.facts), ways)
        }
    }

    func withArchives(_ facts: ClusterFacts) -> ClusterFacts {
        guard let folder = file.backup.directory else { return facts }
        var facts = facts
        switch BackupCatalog.read(folder, cluster: file.name, signers: file.backup.signerKeys) {
        case .seen(let archives): facts.archives = .seen(archives.map(\.facts))
        case .absent(let absence): facts.archives = .absent(absence)
        }
        return facts
    }

    /// Connects to every node for as long as `body` runs. Throws ``Problem``, and what `body` throws.
    func connected<Result: Sendable>(
        _ body: @escaping @Sendable (Looking) async throws -> Result
    ) async throws -> Result {
        let versions = LineCache(path: world.cacheFolder + "/versions.json")
        let publicKeys = LineCache(path: world.cacheFolder + "/public-keys.json")
        let closures = ClosureCache(folder: world.cacheFolder + "/closures")
        let known = KnownPaths(
            versions: versions.load(), publicKeys: publicKeys.load(), toplevels: closures.toplevels(),
            closure: { closures.load($0) })
        let observer = ClusterObserver(target: try target(), operatorHost: Self.operatorHost(), known: known)
        do {
            return try await observer.connected { cluster in
                try await body(
                    Looking(cluster: cluster) { [world] observation in
                        guard world.keepsCaches else { return }
                        versions.save(observation.versions)
                        publicKeys.save(observation.publicKeys)
                        closures.save(observation.facts)
                    })
            }
        } catch let error as NodeAccessError {
            throw Problem("KUP-E030", error.message)
        }
    }

    private func target() throws(Problem) -> ClusterObserver.Target {
        var target = ClusterObserver.Target(
            cluster: file.name, nodes: file.endpoints, ssh: SSHSettings(configFile: file.sshConfig),
            removedAPIs: Removals.all)
        if let path = file.kubeconfig { target.kubeconfig = try KubeconfigFile.open(path, world: world) }
        return target
    }

    private static func operatorHost() -> OperatorHost {
        func line(_ path: String) -> String {
            let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return text.split(separator: "\n").first.map(String.init) ?? ""
        }
        return OperatorHost(
            machineID: line("/etc/machine-id"), bootID: line("/proc/sys/kernel/random/boot_id"))
    }
}

/// A cluster whose nodes are connected, to be looked at as often as it takes.
struct Looking: Sendable {
    let cluster: ClusterObserver.ConnectedCluster
    /// What is known from now on.
    let remember: @Sendable (ClusterObserver.Observation) -> Void

    /// Sessions to all nodes but those that are gone, which are made anew where their connection ends: a node may boot now.
    func standing(without gone: Set<String> = []) async -> [NodeName: any NodeSession] {
        await cluster.standingSessions().filter { !gone.contains($0.key.text) }
    }

    func observe(at now: Instant) async throws -> (
        observation: ClusterObserver.Observation, ways: ClusterObserver.Ways
    ) {
        let seen = try await cluster.observe(at: now)
        remember(seen.observation)
        return seen
    }
}
