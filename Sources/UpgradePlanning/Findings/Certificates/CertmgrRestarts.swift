import Plans

struct CertmgrRestarts: HostRule {
    let code = "KUP-P047"
    let title = "certmgr restarts the apiserver every 30 minutes"
    let severity = Finding.Severity.notice
    let page = ExplanationText(
        meaning: "certmgr compares the names in a certificate with what was asked for, and takes a name with a colon "
            + "(system:kube-apiserver) for an address: it never matches, so each look every 30 minutes makes a new "
            + "certificate and restarts its unit. A new service-account key invalidates the tokens of pods.",
        causes: ["easyCerts on a master (nixpkgs issues 434442 and 321678)"],
        behaviour: "A run stops certmgr on masters before the first node moves and starts it when it ends.",
        remedies: ["journalctl -u certmgr | grep restart  # how often it does"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard let certmgr = host.unit("certmgr.service"), certmgr.isRunning,
            let server = host.unit(Component.apiServer.unit), server.isRunning
        else { return [] }
        let since = server.activeSince.map {
            Amount.duration(max(0, draft.facts.observedAt.secondsSince1970 - $0.secondsSince1970))
        }
        return [
            finding(
                "certmgr of \(node) may restart its apiserver every 30 minutes", node: node,
                why: ["a name with a colon never matches"]
                    + (since.map { ["the apiserver has run for \($0)"] } ?? [])
                    + (server.restarts > 0 ? ["systemd restarted it \(Amount.count(server.restarts, "time"))"] : []),
                remedy: [Paste.on(node, "journalctl -u certmgr -n 50")])
        ]
    }
}
