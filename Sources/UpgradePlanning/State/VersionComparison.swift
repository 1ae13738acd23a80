extension Version {
    /// Older by its numbers and pre-release; build metadata does not order releases (semver.org, 10).
    func isOlderRelease(than other: Version) -> Bool {
        var (left, right) = (self, other)
        left.build = ""
        right.build = ""
        return left < right
    }

    /// The same release. Two builds of it differ only where both name theirs: packages often drop what binaries
    /// print.
    func isSameRelease(as other: Version) -> Bool {
        guard !isOlderRelease(than: other), !other.isOlderRelease(than: self) else { return false }
        return build == other.build || build.isEmpty || other.build.isEmpty
    }
}

extension Component {
    /// Part of Kubernetes: one package, one version on a node.
    var isKubernetes: Bool {
        switch self {
        case .apiServer, .controllerManager, .scheduler, .kubelet, .proxy: true
        case .etcd, .containerd, .flannel: false
        }
    }

    /// Runs on masters and acts on the cluster through an apiserver, one at a time by election.
    var isController: Bool {
        switch self {
        case .controllerManager, .scheduler: true
        case .etcd, .apiServer, .kubelet, .proxy, .containerd, .flannel: false
        }
    }
}
