public import KubernetesClient
import RunEngine
public import UpgradePlanning

/// A run's mark in the cluster itself: a Lease in kube-system with holder and heartbeat, for whoever cannot see the hosts.
///
/// The locks on the nodes decide; this one is taken where an apiserver answers, and heard where it is another run's.
struct RunLease: Sendable {
    let run: String
    let holder: String
    let access: APIServerAccess

    static let name = "kupgrade-run"
    /// Three heartbeats.
    static let patience: Int64 = 90
    private static let limits = RequestLimits(request: .seconds(5), metrics: .seconds(5))

    private var mark: String { "\(run) \(holder)" }

    /// Throws ``RunError`` `locked` where another run is alive. Not an error: an apiserver that does not answer.
    ///
    /// `isCertain`: the locks on all nodes were taken, so no other run can be alive.
    func take(at now: Instant, isCertain: Bool) async throws {
        do {
            try await APIServerConnection.with(access, limits: Self.limits) { connection in
                let lease = try await connection.lease(Self.name, namespace: MakerLease.namespace)
                if !isCertain, let other = lease.flatMap({ Self.alive($0, besides: run, now: now) }) {
                    throw RunError(.locked, "the cluster is in the run \(other)")
                }
                _ = try await connection.put(renewed(lease, holder: mark, at: now))
            }
        } catch is KubernetesError {
            return
        }
    }

    /// The run is alive, or has ended; best effort.
    func mark(isAlive: Bool, at now: Instant) async {
        try? await APIServerConnection.with(access, limits: Self.limits) { connection in
            let lease = try await connection.lease(Self.name, namespace: MakerLease.namespace)
            if let lease, !lease.holder.isEmpty, Self.run(of: lease) != run { return }
            if !isAlive, lease == nil { return }
            _ = try await connection.put(renewed(lease, holder: isAlive ? mark : "", at: now))
        }
    }

    /// Another run that was heard of lately. Pure.
    static func alive(_ lease: LeaseObject, besides run: String, now: Instant) -> String? {
        guard !lease.holder.isEmpty, Self.run(of: lease) != run,
            let renewed = lease.renewTime.flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        return now.secondsSince1970 - renewed.secondsSince1970 < patience ? lease.holder : nil
    }

    /// Who holds a mark, and how many seconds ago it was renewed; `nil` where nobody does. Pure.
    static func holder(_ lease: LeaseObject, now: Instant) -> (run: String, by: String, silent: Int)? {
        let words = lease.holder.split(separator: " ", maxSplits: 1).map(String.init)
        guard let run = words.first, let renewed = lease.renewTime.flatMap({ Instant(rfc3339: $0) }) else { return nil }
        // Of another machine's clock: one that is far ahead says nothing.
        guard renewed.secondsSince1970 - now.secondsSince1970 <= patience else { return nil }
        let silent = max(0, now.secondsSince1970 - renewed.secondsSince1970)
        return (run, words.count > 1 ? words[1] : "", Int(silent))
    }

    private static func run(of lease: LeaseObject) -> String {
        lease.holder.split(separator: " ").first.map(String.init) ?? ""
    }

    private func renewed(_ lease: LeaseObject?, holder: String, at time: Instant) -> LeaseObject {
        var changed =
            lease
            ?? LeaseObject(
                namespace: MakerLease.namespace, name: Self.name, holder: holder, renewTime: time.microTime,
                durationSeconds: Int(Self.patience))
        changed.holder = holder
        changed.renewTime = time.microTime
        return changed
    }
}

extension FoundRuns {
    /// The run that has its mark in the cluster itself; `nil` where none has, and where no apiserver answers.
    public static func marked(_ access: APIServerAccess, now: Instant) async -> (run: String, by: String, silent: Int)?
    {
        let limits = RequestLimits(request: .seconds(5), metrics: .seconds(5))
        let lease = try? await APIServerConnection.with(access, limits: limits) { connection in
            try await connection.lease(RunLease.name, namespace: MakerLease.namespace)
        }
        return lease.flatMap { $0 }.flatMap { RunLease.holder($0, now: now) }
    }
}

extension Instant {
    /// As Kubernetes' MicroTime: with six digits of a fraction.
    var microTime: String { String(description.dropLast()) + ".000000Z" }
}
