/// Whether a host may be switched to another system by hand: what can be known on the host itself, without the cluster.
///
/// Skew rules: https://kubernetes.io/releases/version-skew-policy/, etcd's: ``EtcdRules``. Pure.
public struct RebuildGuard: Sendable {
    /// What one system runs.
    public struct System: Hashable, Sendable {
        /// Of the apiserver; `nil` where the host is no master.
        public var apiServer: Version?
        public var kubelet: Version?
        public var etcd: Version?

        public init(apiServer: Version? = nil, kubelet: Version? = nil, etcd: Version? = nil) {
            self.apiServer = apiServer
            self.kubelet = kubelet
            self.etcd = etcd
        }
    }

    public var current: System
    public var incoming: System
    /// The run that has the node's lock, unless it is the one that switches.
    public var openRun: String?

    public init(current: System, incoming: System, openRun: String?) {
        self.current = current
        self.incoming = incoming
        self.openRun = openRun
    }

    /// Sentences; empty where nothing speaks against it.
    public var refusals: [String] {
        var refusals: [String] = []
        if let openRun { refusals.append("the run \(openRun) of kupgrade is open on this host") }
        let minors = [minor("the apiserver", current.apiServer, incoming.apiServer), kubelet].compactMap { $0 }
        refusals += minors
        let etcd = etcdStep
        if let etcd { refusals.append(etcd) }
        if etcd == nil, minors.isEmpty, movesMinor(current.etcd, incoming.etcd),
            movesMinor(current.apiServer, incoming.apiServer)
        {
            refusals.append("etcd and Kubernetes would move a minor in one step")
        }
        return refusals
    }

    private func movesMinor(_ old: Version?, _ new: Version?) -> Bool {
        guard let old, let new else { return false }
        return old.minorRelease != new.minorRelease
    }

    private func minor(_ what: String, _ old: Version?, _ new: Version?) -> String? {
        guard let old, let new else { return nil }
        if new.minorRelease < old.minorRelease { return "\(what) would go back from \(old) to \(new)" }
        if new.minorRelease > old.minorRelease.next {
            return "\(what) would go from \(old) to \(new), and skip \(old.minorRelease.next)"
        }
        return nil
    }

    /// A kubelet must never be newer than an apiserver, which only this host's own can say. On a worker nobody knows it: one
    /// minor forward is what a run does, too, and anything else is refused.
    private var kubelet: String? {
        guard let new = incoming.kubelet else { return nil }
        guard let server = incoming.apiServer ?? current.apiServer else {
            return minor("the kubelet", current.kubelet, new)
        }
        if new.minorRelease > server.minorRelease {
            return "the kubelet \(new) would be newer than the apiserver \(server)"
        }
        return nil
    }

    private var etcdStep: String? {
        guard let old = current.etcd, let new = incoming.etcd, old.minorRelease != new.minorRelease else { return nil }
        if new.minorRelease < old.minorRelease {
            return "etcd would go back from \(old) to \(new), and does not start on what the newer one wrote"
        }
        guard EtcdRules.isLegalStep(from: old.minorRelease, to: new.minorRelease) else {
            return "etcd would go from \(old) to \(new), and skip \(old.minorRelease.next)"
        }
        if let oldest = EtcdRules.oldestPatch(before: new.minorRelease), old < oldest {
            return "etcd \(new.minorRelease) may follow \(oldest) and later, and this host has \(old)"
        }
        return nil
    }
}
