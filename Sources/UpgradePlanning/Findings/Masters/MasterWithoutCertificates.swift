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

    /// More than any unit of NixOS names.
    private static let shown = 30

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        let missing = host.missingFiles.filter { $0.usedBy.contains(where: Self.isOfKubernetes) }
        guard !missing.isEmpty else { return [] }
        let units = Set(missing.flatMap(\.usedBy).compactMap { $0.split(separator: " ").first })
        let looping = units.map(String.init).filter { name in
            host.unit(name).map { !$0.isRunning } ?? false
        }
        let isMaster = draft.topology.apiServerNodes.contains(node)
        let others = draft.topology.apiServerNodes.subtracting([node]).sorted()
        var why = missing.map(\.path).prefix(Self.shown).map { "\($0) is not there" }
        if missing.count > Self.shown { why.append("and \(missing.count - Self.shown) more") }
        if !looping.isEmpty { why.append("does not run: \(looping.listed())") }
        var remedy = [Paste.on(node, "journalctl -u certmgr -n 50")]
        if isMaster, let first = others.first, host.unit("certmgr.service") != nil {
            remedy.append("services.kubernetes.roles = [ \"node\" ];  # on \(node): easyCerts has one master, \(first)")
        }
        return [
            finding(
                "\(node) lacks \(Amount.count(missing.count, "file")) of its PKI", node: node, why: why, remedy: remedy)
        ]
    }

    /// `kubelet.service --tls-cert-file`. A web server's certificate is none of the cluster's.
    private static func isOfKubernetes(_ use: String) -> Bool {
        let unit = use.prefix { $0 != " " }
        return Component.allCases.contains { $0.unit == unit }
            || ["cfssl.service", "certmgr.service", "kube-addon-manager.service"].contains(String(unit))
    }
}
