import Backups
import UpgradePlanning

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Whether archives would go down with what they are of: a copy on etcd's own disk is no backup.
struct OnlyCopy {
    let folder: ArchiveFolder
    let file: ClusterFile
    var etcdFolder = "/var/lib/etcd/member"

    /// No replica has the newest proven one, and it lies on the file system of an etcd of this host.
    func isOnEtcdsDisk(_ entries: [ArchiveFacts]) -> Bool {
        guard let newest = entries.first(where: { $0.grade == .proven }) else { return false }
        let notes = folder.notes(of: newest.name)
        // One that another host brought here is on that host, too.
        guard notes.isOwn == true, notes.replicas.isEmpty else { return false }
        guard let etcd = Self.device(of: etcdFolder), let own = Self.device(of: folder.path) else { return false }
        return etcd == own
    }

    private static func device(of path: String) -> UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_dev) : nil
    }
}
