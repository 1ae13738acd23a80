import Plans

struct ServiceAccountKeyMissing: FindingRule {
    let code = "KUP-P045"
    let title = "the service-account key is missing or not the same on all masters"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "Tokens of service accounts are signed with this key. Without it the apiserver does not start; with "
            + "another one on each master a token of one is refused by the other, and pods that talk to the API fail "
            + "every second time.",
        causes: ["the file was not copied to the new master", "a pair was made anew on one master only"],
        behaviour: "The plan is computed and cannot be applied.",
        remedies: ["copy the pair from the master whose tokens are in use to the others, then restart kube-apiserver"])

    private static let flags = ["--service-account-signing-key-file", "--service-account-key-file"]

    func examine(_ draft: PlanDraft) -> [Finding] {
        let masters = draft.topology.apiServerNodes.sorted()
        let missing = masters.compactMap { node -> Finding? in
            guard let host = draft.topology.hosts[node], let unit = host.unit(Component.apiServer.unit) else {
                return nil
            }
            let gone = Self.flags.compactMap { unit.commandLine?.value(of: $0) }.filter { path in
                host.missingFiles.contains { $0.path == path }
            }
            guard !gone.isEmpty else { return nil }
            // Where it lacks all the rest, too, this file alone mends nothing (KUP-P017).
            let lacksMore = host.missingFiles.contains { !gone.contains($0.path) }
            return finding(
                "\(node) has no service-account key", node: node, why: gone.map { "\($0) is not there" },
                remedy: [Paste.on(node, "ls -l \(gone.map(Paste.word).joined(separator: " "))")]
                    + (lacksMore
                        ? ["kupgrade explain KUP-P017  # it lacks more than this"]
                        : copies(of: gone, from: masters.filter { $0 != node }, to: node, draft)))
        }
        return missing + differing(draft, masters)
    }

    /// With owners and modes, from a master that has them.
    private func copies(of gone: [String], from others: [NodeName], to node: NodeName, _ draft: PlanDraft) -> [String] {
        let source = others.first { other in
            draft.topology.hosts[other].map { host in gone.allSatisfy { path in host.pki.contains { $0.path == path } }
            }
                ?? false
        }
        guard let source else { return [] }
        let files = gone.map { Paste.word(String($0.drop { $0 == "/" })) }.joined(separator: " ")
        return [
            Paste.on(source, "tar -C / -cf - \(files)") + " | " + Paste.on(node, "tar -C / -xpf -"),
            Paste.on(node, "systemctl restart kube-apiserver"),
        ]
    }

    /// Certificates or public keys, by the key in them; masters of one cluster must have the same.
    private func differing(_ draft: PlanDraft, _ masters: [NodeName]) -> [Finding] {
        guard !draft.facts.areSeveralClusters else { return [] }
        let prints = masters.compactMap { node -> (node: NodeName, path: String, key: String)? in
            guard let host = draft.topology.hosts[node],
                let path = host.unit(Component.apiServer.unit)?.commandLine?.value(of: "--service-account-key-file"),
                let file = host.pki.first(where: { $0.path == path }),
                let key = file.certificate?.keyFingerprint ?? file.keyFingerprint ?? file.certificate?.fingerprint
            else { return nil }
            return (node, path, key)
        }
        guard Set(prints.map(\.key)).count > 1 else { return [] }
        return [
            finding(
                "the masters have different service-account keys",
                why: prints.map { "\($0.node): key \($0.key.prefix(16))…" },
                remedy: prints.map {
                    Paste.on($0.node, "head -n 3 \(Paste.word($0.path))")
                })
        ]
    }
}
