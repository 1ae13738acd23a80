import UpgradePlanning

/// A cluster file with comments, for somebody who has never seen one.
struct ClusterFileText {
    private let found: FoundCluster

    init(_ found: FoundCluster) { self.found = found }

    func text() -> String {
        (head() + nodes() + access() + channel() + backup()).joined(separator: "\n") + "\n"
    }

    private func head() -> [String] {
        [
            "# A cluster that kupgrade looks after. Check it with: kupgrade config explain",
            "version: 1",
            "name: \(Self.scalar(found.name))",
        ]
    }

    private func nodes() -> [String] {
        ["nodes:"]
            + found.nodes.flatMap { node -> [String] in
                let addresses = node.addresses.map(Self.scalar).joined(separator: ", ")
                var lines = ["  \(node.name):"]
                if let reason = node.reason { lines.append("    # does not answer: \(Self.comment(reason))") }
                lines.append(
                    "    addresses: [\(addresses)]  # as ssh takes them, best first; two ways are better than one")
                lines.append(node.user.map { "    user: \(Self.scalar($0))" } ?? "    # user: ops")
                lines.append("    # become: sudo  # none, sudo or run0")
                return lines
            }
    }

    private func access() -> [String] {
        var lines = found.sshConfig.map { ["ssh:", "  config: \(Self.scalar($0))"] } ?? []
        lines.append(
            found.kubeconfig.map { "kubeconfig: \(Self.scalar($0))" }
                ?? "# kubeconfig: ./admin.conf  # default: an admin's is read from a master, over ssh, into memory")
        return lines
    }

    private func channel() -> [String] {
        guard let flake = found.flake else {
            return [
                "# channel:", "#   flake: /etc/nixos  # nixosConfigurations.NODE is what you would get; or",
                "#   nixpkgs: nixos-26.05  # for hosts without a flake",
            ]
        }
        return [
            "channel:", "  flake: \(Self.scalar(flake))  # nixosConfigurations.NODE is what you would get",
            "  # input: nixpkgs  # the flake's input that stands for nixpkgs",
            "  # nixpkgs: nixos-26.05  # instead of a flake",
            "  # bridges:  # pins for minors of Kubernetes that the channel skips",
            "  #   \"1.35\": github:NixOS/nixpkgs/COMMIT",
        ]
    }

    private func backup() -> [String] {
        ["# backup:", "#   directory: /var/backup/kupgrade  # where archives are kept, on this host"]
    }

    /// A YAML scalar: plain where that is safe, else in double quotes.
    static func scalar(_ text: String) -> String {
        let isPlain =
            text.first?.isLetter == true || text.first == "/" || text.first == "." || text.first?.isNumber == true
        let words: Set = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        let isNumber = text.allSatisfy { $0.isNumber || $0 == "." || $0 == "e" || $0 == "_" }
        if isPlain, !isNumber || text.split(separator: ".").count == 4, !words.contains(text.lowercased()),
            text.allSatisfy({ $0.isLetter || $0.isNumber || "-_./@".contains($0) })
        {
            return text
        }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            + "\""
    }

    private static func comment(_ text: String) -> String { text.replacing("\n", with: " ") }
}
