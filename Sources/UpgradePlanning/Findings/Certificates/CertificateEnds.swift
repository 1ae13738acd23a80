import Plans

struct CertificateEnds: FindingRule {
    let code = "KUP-P040"
    let title = "a certificate has ended or ends within a run"
    let severity = Finding.Severity.blocker
    let isPerNode = true
    let page = ExplanationText(
        meaning: "A unit that restarts with this certificate is refused by everything it talks to. A rebuild "
            + "restarts them all, so the node would not come back.",
        causes: [
            "certmgr does not renew: cfssl is down, its own certificate has ended, or the token is wrong",
            "hand-made certificates reached their end",
        ],
        behaviour: "The plan is computed and cannot be applied. Files that no unit uses are only warned of.",
        remedies: [
            "easyCerts: journalctl -u certmgr; if cfssl's own certificate has ended, delete "
                + "/var/lib/cfssl/cfssl.pem and restart cfssl",
            "by hand: issue it again, keeping owner, group and mode",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.hosts.compactMap { node, host in
            let found = CertificateAges.of(host, at: draft.facts.observedAt)
                .filter { CertificateAges.ends($0, within: draft.policy) }
            guard let first = found.first else { return nil }
            let hours = draft.policy.runAllowanceHours
            return finding(
                "\(Amount.count(found.count, "certificate")) of \(node) \(found.count == 1 ? "has ended or ends" : "have ended or end") within \(hours) hours",
                node: node, why: found.map(\.words),
                remedy: found.filter(\.isOfSigner).map { SigningCertificateEnds.renewal($0.path, node) }
                    + CertificateAges.remedy(first, host, node))
        }
    }
}
