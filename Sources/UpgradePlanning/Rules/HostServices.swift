/// Services that live on the cluster's hosts beside Kubernetes and that somebody uses.
enum HostServices {
    /// Those that run and people use, by name without `.service`: the known ones, and whatever has a graphics device open.
    static func running(_ host: HostFacts) -> [String] {
        let running = host.units.filter { $0.isRunning && $0.name.hasSuffix(".service") }.map(\.name)
        return Set(running + (host.platform.graphicsUnits ?? [])).filter { !isOwn($0) }
            .map { String($0.dropLast(".service".count)) }.sorted()
    }

    /// Kubernetes' own, and what carries the network or rebuilds the host.
    private static func isOwn(_ unit: String) -> Bool {
        ConcernedUnits.concern(unit) || others.contains(unit)
    }

    private static let others: Set<String> = [
        "sshd.service", "comin.service", "nh-clean.service", "nix-gc.service", "nixos-upgrade.service",
        "nvidia-persistenced.service",
    ]
}
