import Plans

struct SigningCertificateEnds: HostRule {
    let code = "KUP-P042"
    let title = "cfssl's own certificate is near its end"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "cfssl serves the CA over TLS with a certificate that NixOS makes once, for one year, and never again. "
            + "When it ends certmgr trusts cfssl no more, no certificate is renewed, and within 30 days all of them "
            + "have ended.",
        causes: ["the cluster is a year old"],
        behaviour: "The plan can be applied; nothing is renewed by it.",
        remedies: [
            "remove cfssl.pem, cfssl-key.pem and cfssl.csr and restart cfssl: it makes new ones of the same CA",
            "certmgr finds it by itself within half an hour. Restarted, it makes new keys, the service accounts' among "
                + "them, and tokens that pods hold are refused: leave it running",
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        CertificateAges.of(host, at: draft.facts.observedAt).compactMap { found in
            guard found.isOfSigner, !CertificateAges.ends(found, within: draft.policy),
                found.secondsLeft <= Int64(draft.policy.authorityWarningDays) * 86_400
            else { return nil }
            return finding(
                "the certificate that cfssl of \(node) serves with \(found.secondsLeft > 0 ? "is near its end" : "has ended")",
                node: node, why: [found.words], remedy: [Self.renewal(found.path, node)])
        }
    }

    /// cfssl makes itself another one of the same CA.
    static func renewal(_ path: String, _ node: NodeName) -> String {
        let folder = String(path.dropLast("/cfssl.pem".count))
        return Paste.on(
            node,
            Paste.word(
                "cd \(Paste.word(folder)) && mkdir -p old && mv cfssl.pem cfssl-key.pem cfssl.csr old/ && "
                    + "systemctl restart cfssl"))
    }
}
