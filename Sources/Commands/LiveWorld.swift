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
        let versions = LineCache(path: world.cacheFolder + "/versions.json")
        let publicKeys = LineCache(path: world.cacheFolder + "/public-keys.json")
        let closures = ClosureCache(folder: world.cacheFolder + "/closures")
        let known = KnownPaths(
            versions: versions.load(), publicKeys: publicKeys.load(), toplevels: closures.toplevels(),
            closure: { closures.load($0) })
        let observer = ClusterObserver(target: try target(), operatorHost: Self.operatorHost(), known: known)
        do {
            return try await observer.observe(at: world.now()) { [file] observation, ways in
                versions.save(observation.versions)
                publicKeys.save(observation.publicKeys)
                closures.save(observation.facts)
                var facts = observation.facts
                if let folder = file.backup.directory {
                    let archives = BackupCatalog.read(folder, cluster: file.name, signers: file.backup.signerKeys)
                    facts.archives =
                        switch archives {
                        case .seen(let archives): .seen(archives.map(\.facts))
                        case .absent(let absence): .absent(absence)
                        }
                }
                return try await body(facts, ways)
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
