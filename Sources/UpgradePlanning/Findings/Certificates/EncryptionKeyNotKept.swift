import Plans

struct EncryptionKeyNotKept: FindingRule {
    let code = "KUP-P046"
    let title = "etcd is encrypted, and no archive has the key"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "Secrets in etcd are encrypted with a key in the file that --encryption-provider-config names. A backup "
            + "of etcd without that file restores a cluster whose Secrets nobody can read.",
        causes: ["the file comes from agenix or sops and lives in /run", "backups copy etcd only"],
        behaviour: "The plan can be applied. An archive that kupgrade grades as proven holds the key.",
        remedies: ["keep the file, or the secret it is made from, where you keep your recovery key"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let files = draft.topology.apiServerNodes.sorted().compactMap { node -> (NodeName, String)? in
            draft.topology.hosts[node]?.unit(Component.apiServer.unit)?.commandLine?
                .value(of: "--encryption-provider-config").map { (node, $0) }
        }
        guard !files.isEmpty else { return [] }
        if (draft.facts.archives.value ?? []).contains(where: { $0.grade == .proven && $0.hasEncryptionKeys }) {
            return []
        }
        return [
            finding(
                "Secrets in etcd are encrypted, and no proven archive holds their key",
                why: files.map { "\($0.0): \($0.1)" },
                remedy: files.prefix(1).map { Paste.on($0.0, "ls -l \(Paste.word($0.1))") } + ["kupgrade backup create"]
            )
        ]
    }
}
