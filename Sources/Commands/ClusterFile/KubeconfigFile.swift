import KubernetesClient
import Observation

/// The kubeconfig that a cluster file names.
enum KubeconfigFile {
    /// Reads and parses it, so that one that nobody can use is an error before anybody is asked. Throws ``Problem``.
    static func open(_ path: String, world: World) throws(Problem) -> LocalKubeconfig {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let caller = world.userID
        // It may hold a key: it is read when it is needed, and not kept.
        let read = { @Sendable () throws(Problem) in
            try OwnedFile.read(path, caller: caller, limit: 1 << 20, what: "kubeconfig")
        }
        let bytes = try read()
        do {
            _ = try Kubeconfig(parsing: bytes, directory: folder)
        } catch {
            throw Problem(
                "KUP-E012", "kubeconfig \(path) cannot be used", because: ["\(error)"],
                next: ["leave kubeconfig out of the cluster file: an admin's is then read from a master, over ssh"],
                status: .usage)
        }
        return LocalKubeconfig(read: read, folder: folder, now: world.now())
    }
}
