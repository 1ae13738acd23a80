public import UpgradePlanning

/// The names of an archive and of what stands beside it.
public enum ArchiveNames {
    public static let sealed = ".tar.zst.age"
    /// Beside the sealed file's own name.
    public static let signature = ".minisig"
    public static let entry = ".json"
    /// Of a file that is not whole yet.
    public static let part = ".part"

    /// `home-20261122T023000Z-9f3c1a2b`: of a cluster, made at a time, told from others of that second by a random number.
    public static func new(cluster: String, at time: Instant, random: UInt32) -> String {
        let stamp = time.description.filter { $0 != "-" && $0 != ":" }
        let number = String(random, radix: 16)
        return "\(prefix(of: cluster))\(stamp)-\(String(repeating: "0", count: 8 - number.count))\(number)"
    }

    /// What every archive of a cluster begins with.
    public static func prefix(of cluster: String) -> String {
        String(cluster.unicodeScalars.map { isPlain($0) ? Character($0) : "-" }) + "-"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
            || scalar == "-" || scalar == "_"
    }

    /// Where the parts of an archive lie in it.
    public static let manifest = "manifest.json"
    public static let snapshot = "etcd/snapshot.db"
    public static let proof = "proof.json"
    public static let sums = "SHA256SUMS"

    public static let flake = "flake"
    static let nodes = "nodes/"
    public static func folder(of node: String) -> String { nodes + node }
}
