import Plans

struct CertificateNearEnd: FindingRule {
    let code = "KUP-P041"
    let title = "a certificate is near its end"
    let severity = Finding.Severity.warning
    let isPerNode = true
    let page = ExplanationText(
        meaning: "certmgr renews at 72 hours before the end, so a certificate with less was not renewed when it "
            + "should have been. Without certmgr nothing renews it, and a month is left to do so. Authorities are renewed by nobody: cfssl's lasts 5 years, its own server "
            + "certificate one.",
        causes: [
            "certmgr cannot reach cfssl", "cfssl's own certificate has ended",
            "nobody renews hand-made certificates",
        ],
        behaviour: "The plan can be applied; nothing is renewed by it.",
        remedies: ["journalctl -u certmgr -u cfssl", "issue it again before it ends"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.topology.hosts.compactMap { node, host in
            let found = CertificateAges.of(host, at: draft.facts.observedAt).filter {
                CertificateAges.isNearItsEnd($0, draft.policy, isRenewed: CertificateAges.areRenewed(on: host))
                    && !CertificateAges.ends($0, within: draft.policy)
                    && !$0.isOfSigner
            }
            guard let first = found.first else { return nil }
            return finding(
                "\(Amount.count(found.count, "certificate")) of \(node) \(found.count == 1 ? "is near its end" : "are near their ends")",
                node: node, why: found.map(\.words), remedy: CertificateAges.remedy(first, host, node))
        }
    }
}
