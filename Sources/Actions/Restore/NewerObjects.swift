public import Backups
import EtcdClient
public import Observation

/// What a restore takes back of a cluster that can still be asked.
public enum NewerObjects {
    /// Objects that were made or changed after a revision, by sort; `nil` where no member with data can be asked.
    public static func count(
        since revision: Int64, _ order: RestoreOrder, _ ways: ClusterObserver.Ways
    ) async -> [String: Int]? {
        for host in order.replaced {
            guard let endpoint = ways.etcd[host] else { continue }
            let keys = try? await EtcdClient.with(endpoint) { client in
                try await client.keys(prefix: "/registry/", newerThan: revision)
            }
            guard let keys else { continue }
            var counts: [String: Int] = [:]
            for key in keys { counts[RegistryKeys.sort(of: key), default: 0] += 1 }
            // What changes every few seconds by itself is nobody's loss.
            for sort in ["leases", "masterleases", "ranges", "events"] { counts[sort] = nil }
            return counts
        }
        return nil
    }
}
