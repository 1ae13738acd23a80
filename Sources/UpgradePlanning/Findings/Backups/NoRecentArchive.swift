import Plans

struct NoRecentArchive: FindingRule {
    let code = "KUP-P110"
    let title = "no recent proven archive"
    let severity = Finding.Severity.warning
    let sight = FindingSight.ownEyes
    let page = ExplanationText(
        meaning:
            "The newest archive of this cluster that was proven when it was made is older than it may be, or there is "
            + "none: what has to be restored is not there.",
        causes: ["backups were never set up, or stopped", "the folder of archives is not mounted here"],
        behaviour:
            "The plan can be applied: a run makes an archive before it touches anything. Between runs nothing does.",
        remedies: [
            "backup: { directory: /var/backup/kupgrade }  # in the cluster file", "etcdctl snapshot save  # until then",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let limit = Int64(draft.policy.archiveHours) * 3_600
        let now = draft.facts.observedAt.secondsSince1970
        switch draft.facts.archives {
        case .absent(let absence):
            return [finding("no archive of this cluster is known", why: [absence.reason], remedy: Self.setUp)]
        case .seen(let archives):
            let proven = archives.filter { $0.grade == .proven }
            if let future = proven.first(where: { $0.createdAt.secondsSince1970 > now + 3_600 }) {
                return [
                    finding(
                        "an archive says that it was made after now", why: ["\(future.name), at \(future.createdAt)"],
                        remedy: ["kupgrade backup verify \(Paste.word(future.name))", "timedatectl"])
                ]
            }
            guard let newest = proven.max(by: { $0.createdAt < $1.createdAt }) else {
                return [
                    finding(
                        "no archive of this cluster was ever proven", why: ["\(archives.count) archives are there"],
                        remedy: archives.isEmpty ? ["kupgrade backup create"] : Self.look)
                ]
            }
            let age = now - newest.createdAt.secondsSince1970
            guard age > limit else { return [] }
            return [
                finding(
                    "the newest proven archive is \(Amount.duration(age)) old",
                    why: [
                        "\(newest.name), revision \(newest.revision)",
                        "at most \(draft.policy.archiveHours) h are wanted",
                    ],
                    remedy: Self.look)
            ]
        }
    }

    private static let setUp = [
        "kupgrade key generate --out identity.txt  # keep it off the hosts; it prints the recipient",
        "kupgrade key generate --signer --out /var/lib/kupgrade/signing.key  # where archives are made; prints the signer",
        "backup: { directory: /var/backup/kupgrade, recipients: [RECIPIENT], signers: [SIGNER] }  # in the cluster file",
        "kupgrade backup create",
    ]
    private static let look = ["kupgrade backup status", "kupgrade backup create"]
}
