import UpgradePlanning

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A night that was missed is made up for as soon as the host is up again, and after a power cut so are all the others: etcd
/// gets the time to find its quorum.
struct AfterBoot {
    let world: World
    let file: ClusterFile
    /// Seconds since the boot after which what does not answer is down.
    static let allowance = 600.0
    private static let between = 10

    /// Returns once a member has a leader, or none will have. Throws ``Problem`` where nothing can be looked at.
    func waitForEtcd() async throws {
        var isSaid = false
        while Self.secondsUp < Self.allowance {
            let facts = try await LiveWorld(world: world, file: file).observe()
            if !Self.isWorthWaiting(facts) { return }
            if !isSaid { world.messages("this host has just booted: waiting for etcd to have a leader") }
            isSaid = true
            try await Task.sleep(for: .seconds(Self.between))
        }
    }

    /// Members are known, and none of them has a leader yet; or no host that runs one answers yet.
    static func isWorthWaiting(_ facts: ClusterFacts) -> Bool {
        guard !facts.etcd.isEmpty else { return facts.nodes.contains { $0.host.value == nil } }
        return !facts.etcd.contains { $0.status.value?.leaderID != nil }
    }

    /// By the kernel's own clock.
    private static var secondsUp: Double {
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        return Double(now.tv_sec)
    }
}
