public import KubernetesClient
public import UpgradePlanning

/// Which of several hosts makes the archives: the holder of a Lease, until it has made none for a while.
public struct MakerLease: Sendable {
    let cluster: String
    let host: String
    let now: Instant

    static let namespace = "kube-system"
    static let name = "kupgrade-backup"
    /// Shorter than from one night to the next, so that a maker that is gone is missed for one night only.
    static let patience: Int64 = 20 * 3_600
    /// For as long it is this host's before an archive is proven: one that dies meanwhile does not cost the night.
    static let attempt: Int64 = 3_600

    public init(cluster: String, host: String, now: Instant) {
        self.cluster = cluster
        self.host = host
        self.now = now
    }

    /// Takes it, unless another host made an archive within ``patience``. Returns that host; `nil`: it is this one's turn.
    ///
    /// Throws `KubernetesError`.
    public func take(_ access: APIServerAccess) async throws -> String? {
        try await APIServerConnection.with(access, limits: Self.limits) { connection in
            let lease = try await connection.lease(Self.name, namespace: Self.namespace)
            if let lease, let holder = Self.maker(lease, besides: host, now: now) { return holder }
            do {
                _ = try await connection.put(renewed(lease, at: Self.taken(at: now)))
                return nil
            } catch let error as KubernetesError where error.code == .conflict {
                // Another host was faster: this turn is its.
                return try await connection.lease(Self.name, namespace: Self.namespace)?.holder ?? "another host"
            }
        }
    }

    /// A moment for which the Lease counts as this host's for ``attempt`` only.
    static func taken(at now: Instant) -> Instant {
        Instant(secondsSince1970: now.secondsSince1970 - patience + attempt)
    }

    /// The archive is made: the night is done.
    public func confirm(_ access: APIServerAccess) async throws {
        try await APIServerConnection.with(access, limits: Self.limits) { connection in
            guard let lease = try await connection.lease(Self.name, namespace: Self.namespace), lease.holder == host
            else { return }
            _ = try await connection.put(renewed(lease, at: now))
        }
    }

    /// The archive could not be made: another host may try at once.
    public func giveUp(_ access: APIServerAccess) async throws {
        try await APIServerConnection.with(access, limits: Self.limits) { connection in
            guard let lease = try await connection.lease(Self.name, namespace: Self.namespace), lease.holder == host
            else { return }
            _ = try await connection.put(renewed(lease, at: Instant(secondsSince1970: 0)))
        }
    }

    /// Who made one so shortly before `now` that nobody else need; `nil` where nobody did. Pure.
    static func maker(_ lease: LeaseObject, besides host: String, now: Instant) -> String? {
        guard !lease.holder.isEmpty, lease.holder != host,
            let renewed = lease.renewTime.flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        let age = now.secondsSince1970 - renewed.secondsSince1970
        return (-600..<patience).contains(age) ? lease.holder : nil
    }

    private func renewed(_ lease: LeaseObject?, at time: Instant) -> LeaseObject {
        let text = time.microTime
        var changed =
            lease
            ?? LeaseObject(
                namespace: Self.namespace, name: Self.name, holder: host, renewTime: text,
                durationSeconds: Int(Self.patience))
        changed.holder = host
        changed.renewTime = text
        return changed
    }

    private static let limits = RequestLimits(request: .seconds(10), metrics: .seconds(15))
}
