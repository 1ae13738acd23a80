/// Services that live on the cluster's hosts beside Kubernetes and that somebody uses.
enum HostServices {
    /// Those that run, by name without `.service`.
    static func running(_ host: HostFacts) -> [String] {
        host.units.filter { $0.isRunning && $0.name.hasSuffix(".service") && !isOwn($0.name) }
            .map { String($0.name.dropLast(".service".count)) }.sorted()
    }

    /// Kubernetes' own, and what carries the network or rebuilds the host.
    private static func isOwn(_ unit: String) -> Bool {
        ConcernedUnits.concern(unit) || others.contains(unit)
    }

    private static let others: Set<String> = [
        "sshd.service", "comin.service", "nix-gc.service", "nixos-upgrade.service",
    ]
}
