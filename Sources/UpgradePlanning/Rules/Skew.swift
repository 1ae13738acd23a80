/// Which versions of Kubernetes' components may run beside each other.
///
/// The rules of the Kubernetes version skew policy (https://kubernetes.io/releases/version-skew-policy/), as
/// functions on values. Skew counts minors only: patches never matter. Components of another major are never legal
/// together.
public enum Skew {
    /// "In highly-available clusters, the newest and oldest kube-apiserver instances must be within one minor
    /// version."
    public static func apiServers(_ range: ClosedRange<MinorRelease>) -> SkewViolation? {
        guard distance(from: range.lowerBound, to: range.upperBound) > 1 else { return nil }
        return SkewViolation(
            subject: .apiServer, minor: range.lowerBound, other: .apiServer, otherMinor: range.upperBound,
            rule: .tooOld(limit: 1))
    }

    /// "kubelet must not be newer than kube-apiserver" and "may be up to three minor versions older" ("kubelet < 1.25
    /// may only be up to two minor versions older"). `apiServers`: all that this kubelet may reach.
    public static func kubelet(_ minor: MinorRelease, apiServers: ClosedRange<MinorRelease>) -> SkewViolation? {
        client(.kubelet, minor, apiServers, limit: nodeLimit(minor))
    }

    /// As for the kubelet: "must not be newer than kube-apiserver", up to three minors older, two before 1.25.
    public static func proxy(_ minor: MinorRelease, apiServers: ClosedRange<MinorRelease>) -> SkewViolation? {
        client(.proxy, minor, apiServers, limit: nodeLimit(minor))
    }

    /// "kube-proxy may be up to three minor versions older or newer than the kubelet instance it runs alongside", two
    /// before 1.25.
    public static func proxy(_ minor: MinorRelease, kubelet: MinorRelease) -> SkewViolation? {
        let limit = nodeLimit(minor)
        let apart = distance(from: minor, to: kubelet)
        guard abs(apart) > limit else { return nil }
        return SkewViolation(
            subject: .proxy, minor: minor, other: .kubelet, otherMinor: kubelet,
            rule: apart > 0 ? .tooOld(limit: limit) : .tooNew(limit: limit))
    }

    /// "kube-controller-manager, kube-scheduler … must not be newer than the kube-apiserver instances they
    /// communicate with", and "may be up to one minor version older".
    public static func controller(
        _ component: Component, _ minor: MinorRelease, apiServers: ClosedRange<MinorRelease>
    ) -> SkewViolation? {
        client(component, minor, apiServers, limit: 1)
    }

    /// How many minors a kubelet or kube-proxy may be behind its apiserver.
    public static func nodeLimit(_ minor: MinorRelease) -> Int {
        minor < MinorRelease(major: 1, minor: 25) ? 2 : 3
    }

    private static func client(
        _ component: Component, _ minor: MinorRelease, _ apiServers: ClosedRange<MinorRelease>, limit: Int
    ) -> SkewViolation? {
        if minor > apiServers.lowerBound {
            return SkewViolation(
                subject: component, minor: minor, other: .apiServer, otherMinor: apiServers.lowerBound,
                rule: .tooNew(limit: 0))
        }
        guard distance(from: minor, to: apiServers.upperBound) > limit else { return nil }
        return SkewViolation(
            subject: component, minor: minor, other: .apiServer, otherMinor: apiServers.upperBound,
            rule: .tooOld(limit: limit))
    }

    /// Minors from one release up to the other; another major is farther than any limit.
    private static func distance(from older: MinorRelease, to newer: MinorRelease) -> Int {
        newer.minorsAhead(of: older) ?? (newer > older ? 1_000 : -1_000)
    }
}

/// Two components whose versions may not run beside each other.
public struct SkewViolation: Hashable, Sendable {
    public enum Rule: Hashable, Sendable {
        /// The subject may be at most this many minors behind the other.
        case tooOld(limit: Int)
        /// The subject may be at most this many minors ahead of the other.
        case tooNew(limit: Int)
    }

    /// Which component breaks the rule.
    public var subject: Component
    public var minor: MinorRelease
    /// Which it is measured against.
    public var other: Component
    public var otherMinor: MinorRelease
    public var rule: Rule

    public init(subject: Component, minor: MinorRelease, other: Component, otherMinor: MinorRelease, rule: Rule) {
        self.subject = subject
        self.minor = minor
        self.other = other
        self.otherMinor = otherMinor
        self.rule = rule
    }

    /// How many minors lie between the two; a large number where their majors differ.
    var distance: Int { abs(minor.minorsAhead(of: otherMinor) ?? 1_000) }
}

extension SkewViolation: CustomStringConvertible {
    /// `kubelet 1.21 is newer than kube-apiserver 1.20 (at most 0 ahead)`.
    public var description: String {
        switch rule {
        case .tooOld(let limit):
            "\(subject.rawValue) \(minor) is older than \(other.rawValue) \(otherMinor) (at most \(limit) behind)"
        case .tooNew(let limit):
            "\(subject.rawValue) \(minor) is newer than \(other.rawValue) \(otherMinor) (at most \(limit) ahead)"
        }
    }
}
