import Plans

struct MasterWithoutCertificates: HostRule {
    let code = "KUP-P017"
    let title = "certificates that units name are not there"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "A unit names a certificate or key file that does not exist: it cannot start, and starts again and "
            + "again. On a second master with easyCerts that is its state until it has joined the first one's CA, and "
            + "joining makes it a control plane of its own (KUP-P016), not a second half of the first.",
        causes: [
            "a second host was given the role master with easyCerts, and never got a token",
            "certmgr cannot reach cfssl", "a file was removed or never copied",
        ],
        behaviour: "The plan is computed and cannot be applied.",
        remedies: [
            "a worker: copy the token from the master and join: ssh MASTER cat /var/lib/cfssl/apitoken.secret | ssh NODE "
                + "nixos-kubernetes-node-join",
            "a second master with easyCerts: make it a node, services.kubernetes.roles = [ \"node\" ];",
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard !host.missingFiles.isEmpty else { return [] }
        let units = Set(host.missingFiles.flatMap(\.usedBy).compactMap { $0.split(separator: " ").first })
        let looping = units.map(String.init).filter { name in
            host.unit(name).map { !$0.isRunning } ?? false
        }
        let isMaster = draft.topology.apiServerNodes.contains(node)
        let others = draft.topology.apiServerNodes.subtracting([node]).sorted()
        var why = host.missingFiles.map(\.path).prefix(6).map { "\($0) is not there" }
        if host.missingFiles.count > 6 { why.append("and \(host.missingFiles.count - 6) more") }
        if !looping.isEmpty { why.append("does not run: \(looping.listed())") }
        var remedy = [Paste.on(node, "journalctl -u certmgr -n 50")]
        if isMaster, let first = others.first, host.unit("certmgr.service") != nil {
            remedy.append("services.kubernetes.roles = [ \"node\" ];  # on \(node): easyCerts has one master, \(first)")
        }
        return [
            finding("\(node) lacks \(host.missingFiles.count) files of its PKI", node: node, why: why, remedy: remedy)
        ]
    }
}
