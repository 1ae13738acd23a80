public import UpgradePlanning

/// Whether an archive continues those before it. Pure.
///
/// A master that was rebuilt boots into a cluster of its own making, empty and well: its archives would push the real ones
/// out, one night after the other.
public struct Lineage: Sendable {
    /// The newest proven one; `nil` where there is none yet.
    public var previous: ArchiveFacts?

    public init(previous: ArchiveFacts?) { self.previous = previous }

    /// Why the cluster is not the one of before; empty where it is. A restore keeps the uid of kube-system and changes etcd's
    /// cluster id; where a uid is not known, etcd's own id and a revision that went back tell.
    public func doubts(clusterID: String, kubeSystemUID: String?, revision: Int64) -> [String] {
        guard let previous else { return [] }
        if let before = previous.kubeSystemUID, let now = kubeSystemUID {
            return before == now ? [] : [Self.words(previous, "kube-system had uid \(before), and has \(now)")]
        }
        guard !clusterID.isEmpty, !previous.clusterID.isEmpty, clusterID != previous.clusterID,
            revision < previous.revision
        else { return [] }
        let why =
            "etcd's cluster was \(previous.clusterID) at revision \(previous.revision), and is \(clusterID) at \(revision)"
        return [Self.words(previous, why)]
    }

    private static func words(_ previous: ArchiveFacts, _ why: String) -> String {
        "this is another cluster than that of \(previous.name): \(why)"
    }
}
