public import KubernetesClient
import RunEngine
public import UpgradePlanning

/// A run's mark in the cluster itself: a Lease in kube-system with holder and heartbeat, for whoever cannot see the hosts.
///
/// The locks on the nodes decide; this one is taken where an apiserver answers, and heard where it is another run's.
actor RunLease {
    nonisolated let run: String
    nonisolated let holder: String
    /// An apiserver that answers now, if any does: the one of before may be gone, or not have served yet.
    private let find: @Sendable () async -> APIServerAccess?
    private var access: APIServerAccess?

    static let name = "kupgrade-run"
    /// Three heartbeats.
    static let patience: Int64 = 90
    private static let limits = RequestLimits(request: .seconds(5), metrics: .seconds(5))
    /// How often a write is done again that another one came before.
    private static let tries = 3

    init(run: String, holder: String, find: @escaping @Sendable () async -> APIServerAccess?) {
        self.run = run
        self.holder = holder
        self.find = find
    }

    private nonisolated var mark: String { "\(run) \(holder)" }

    /// Throws ``RunError`` `locked` where another run is alive. Not an error: an apiserver that does not answer.
    ///
    /// `isCertain`: the locks on all nodes were taken, so no other run can be alive.
    func take(at now: Instant, isCertain: Bool) async throws(RunError) {
        let error = await change { lease throws(RunError) in
            if !isCertain, let other = lease.flatMap({ Self.alive($0, besides: self.run, now: now) }) {
                throw RunError(.locked, "the cluster is in the run \(other)")
            }
            return self.renewed(lease, holder: self.mark, at: now)
        }
        if let error { throw error }
    }

    /// The run is alive, or has ended; best effort. A mark of another run that is silent is written over.
    func mark(isAlive: Bool, at now: Instant) async {
        _ = await change { lease throws(RunError) in
            if let lease, !lease.holder.isEmpty, Self.run(of: lease) != self.run {
                guard isAlive, Self.alive(lease, besides: self.run, now: now) == nil else { return nil }
            }
            if !isAlive, lease == nil { return nil }
            return self.renewed(lease, holder: isAlive ? self.mark : "", at: now)
        }
    }

    /// Reads, and writes what `make` says, if anything. Returns what `make` threw; what the apiserver says is no error.
    private func change(_ make: @escaping @Sendable (LeaseObject?) throws(RunError) -> LeaseObject?) async -> RunError?
    {
        var places: [APIServerAccess?] = [access]
        while let place = places.popLast() {
            guard let place else {
                // The one of before is gone, or there was none: at most once.
                access = await find()
                guard let found = access else { return nil }
                places = [found]
                continue
            }
            do {
                try await APIServerConnection.with(place, limits: Self.limits) { try await Self.put(make, $0) }
                return nil
            } catch let error as RunError {
                return error
            } catch {
                guard (error as? KubernetesError)?.isConnection ?? true, access != nil else { return nil }
                access = nil
                places = []
            }
        }
        return nil
    }

    private static func put(
        _ make: @Sendable (LeaseObject?) throws(RunError) -> LeaseObject?, _ connection: APIServerConnection
    ) async throws {
        for round in 1...tries {
            let lease = try await connection.lease(name, namespace: MakerLease.namespace)
            guard let changed = try make(lease) else { return }
            do {
                _ = try await connection.put(changed)
                return
            } catch let error as KubernetesError {
                // Somebody else wrote it in between: whoever that is has to be looked at.
                guard error.code == .conflict, round < tries else { throw error }
            }
        }
    }

    /// Another run that was heard of lately. Pure.
    static func alive(_ lease: LeaseObject, besides run: String, now: Instant) -> String? {
        guard !lease.holder.isEmpty, Self.run(of: lease) != run,
            let renewed = lease.renewTime.flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        // Of another machine's clock: one that is far ahead says nothing.
        return abs(now.secondsSince1970 - renewed.secondsSince1970) < patience ? lease.holder : nil
    }

    /// Who holds a mark, and how many seconds ago it was renewed; `nil` where nobody does. Pure.
    static func holder(_ lease: LeaseObject, now: Instant) -> (run: String, by: String, silent: Int)? {
        let words = lease.holder.split(separator: " ", maxSplits: 1).map(String.init)
        guard let run = words.first, RunName.isValid(run),
            let renewed = lease.renewTime.flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        // Of another machine's clock: one that is far ahead says nothing.
        guard renewed.secondsSince1970 - now.secondsSince1970 <= patience else { return nil }
        let silent = max(0, now.secondsSince1970 - renewed.secondsSince1970)
        return (run, words.count > 1 ? words[1] : "", Int(silent))
    }

    private nonisolated static func run(of lease: LeaseObject) -> String {
        lease.holder.split(separator: " ").first.map(String.init) ?? ""
    }

    private nonisolated func renewed(_ lease: LeaseObject?, holder: String, at time: Instant) -> LeaseObject {
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
