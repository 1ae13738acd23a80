import Plans

struct DowngradeOffered: FindingRule {
    let code = "KUP-P004"
    let title = "downgrade"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "A node would get something older than it runs. Kubernetes has no supported downgrade: an older "
            + "apiserver may not read what a newer one wrote, and an older etcd refuses to start.",
        causes: ["the flake or channel was set back", "a pin is older than what runs", "a branch was mixed up"],
        behaviour: "No hop is planned. An older NixOS or kernel under the same Kubernetes is a warning.",
        remedies: [
            "update the flake or channel to at least what runs"
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let found = downgrades(draft)
        return found + (found.isEmpty && !draft.policy.takesOlderPatches ? olderSystems(draft) : [])
    }

    /// Kubernetes as it is, on an older NixOS or kernel: legal, and seldom what is meant.
    private func olderSystems(_ draft: PlanDraft) -> [Finding] {
        draft.topology.names.compactMap { node in
            guard let host = draft.topology.hosts[node], let offer = draft.channel.offers[node]?.value else {
                return nil
            }
            // Of the active system, as the target's is: what is booted may be another.
            // A channel alone tells its default kernel, which need not be the one that the host's configuration takes.
            let running = offer.toplevel == nil ? nil : draft.now[node]?.currentKernel
            let moves = [
                NixOSAge.isOlder(offer.nixos, than: host.nixosVersion)
                    ? ("NixOS", host.nixosVersion, offer.nixos) : nil,
                NixOSAge.isOlderKernel(offer.kernel, than: running) ? ("kernel", running, offer.kernel) : nil,
            ].compactMap(\.self)
            guard !moves.isEmpty else { return nil }
            return finding(
                "\(node) would get an older \(moves.map(\.0).listed()) than it runs", node: node, severity: .warning,
                why: moves.map { "\($0.0) runs \($0.1 ?? ""), is offered \($0.2 ?? "")" },
                remedy: draft.channel.newerOffers)
        }
    }

    private func downgrades(_ draft: PlanDraft) -> [Finding] {
        draft.topology.names.compactMap { node in
            guard let offer = draft.channel.offers[node]?.value, let state = draft.now[node],
                let downgrade = Downgrade.of(state, by: offer, takesOlderPatches: draft.policy.takesOlderPatches)
            else { return nil }
            return finding(
                "\(node) would get an older \(downgrade.component.rawValue) than it runs", node: node,
                why: ["runs \(downgrade.from), is offered \(downgrade.to)"],
                remedy: draft.channel.newerOffers)
        }
    }
}

/// Which of two NixOS, or two kernels, is the older one: only where both say.
enum NixOSAge {
    /// `20.09.20210305.1a2b3c4`: by its release, then by its day.
    static func isOlder(_ one: String?, than other: String?) -> Bool {
        guard let one = one.flatMap(parts), let other = other.flatMap(parts) else { return false }
        if one.release != other.release { return one.release.lexicographicallyPrecedes(other.release) }
        guard let day = one.day, let otherDay = other.day else { return false }
        return day < otherDay
    }

    static func isOlderKernel(_ one: String?, than other: String?) -> Bool {
        guard let one = one.map(numbers), let other = other.map(numbers), one.count > 1, other.count > 1 else {
            return false
        }
        return one.lexicographicallyPrecedes(other)
    }

    private static func parts(_ version: String) -> (release: [Int], day: Int?)? {
        let words = version.split(separator: ".")
        guard words.count > 1, let year = Int(words[0]), let month = Int(words[1].prefix(2)), words[1].count >= 2 else {
            return nil
        }
        let day = words[1].count == 2 && words.count > 2 && words[2].count == 8 ? Int(words[2]) : nil
        return ([year, month], day)
    }

    private static func numbers(_ version: String) -> [Int] {
        version.prefix { $0.isNumber || $0 == "." }.split(separator: ".").compactMap { Int($0) }
    }
}
