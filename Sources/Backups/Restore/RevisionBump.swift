public import UpgradePlanning

/// By how much etcd's revision has to jump, so that nobody who watched the cluster of before remembers a newer one.
///
/// Watches and caches of clients break when revisions go back (etcd's manual, "Restoring with revision bump"). Every
/// apiserver, controller and kubelet of the module is started anew too; this is for the others.
public struct RevisionBump: Sendable, Hashable {
    /// Where nobody knows how far it got.
    public static let unknown: Int64 = 1_000_000_000
    /// Writes in a second that a cluster of this size never sustains.
    static let rate: Int64 = 1_000

    /// `newest`: the greatest revision that is known, and when it was; `now` is the moment of the restore.
    public static func of(archive revision: Int64, newest: (revision: Int64, at: Instant)?, now: Instant) -> Int64 {
        guard let newest, newest.revision >= revision else { return unknown }
        let since = max(0, now.secondsSince1970 - newest.at.secondsSince1970)
        let (margin, isOver) = since.multipliedReportingOverflow(by: rate)
        return isOver ? unknown : newest.revision - revision + max(margin, 1_000_000)
    }

    /// `--bump-revision` and `--mark-compacted`: etcdutl since 3.5.10 and 3.6, etcdctl since 3.4.27.
    public static func isKnown(to version: Version) -> Bool {
        if version < Version(3, 5, 0) { return version >= Version(3, 4, 27) }
        return version >= Version(3, 5, 10)
    }
}
