public import Plans

/// What etcd allows between its minors (https://etcd.io/docs/latest/upgrades/).
public enum EtcdRules {
    /// etcd moves one minor at a time, both ways.
    public static func isLegalStep(from old: MinorRelease, to new: MinorRelease) -> Bool { new == old.next }

    /// The minors on the way, one by one: 3.4 and 3.5 from 3.3 to 3.5.
    public static func steps(from old: MinorRelease, to new: MinorRelease) -> [MinorRelease] {
        guard old.major == new.major, old < new else { return [] }
        return (old.minor + 1...new.minor).map { MinorRelease(major: old.major, minor: $0) }
    }

    /// The way back once the whole cluster has left `old`. `etcdctl downgrade enable` works from 3.6 down to 3.5 and
    /// above; against 3.4 it times out though `validate` says yes, and 3.4 refuses to start.
    public static func wayBack(from old: MinorRelease) -> WayBack {
        old >= MinorRelease(major: 3, minor: 5) ? .etcdStep : .needsRestore
    }

    /// The oldest patch from which the next minor may be taken; `nil` where any will do. Before 3.5.24 a member that
    /// was promoted can come back as a learner under 3.6 ("too many learner members", etcd issues 19557 and 20793).
    public static func oldestPatch(before new: MinorRelease) -> Version? {
        new == MinorRelease(major: 3, minor: 6) ? Version(3, 5, 24) : nil
    }
}
