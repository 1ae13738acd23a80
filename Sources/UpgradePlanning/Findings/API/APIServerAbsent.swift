import Plans

struct APIServerAbsent: FindingRule {
    let code = "KUP-P060"
    let title = "an apiserver does not answer or is not ready"
    let severity = Finding.Severity.blocker
    let page = ExplanationText(
        meaning: "An apiserver that should answer does not, or says that it is not ready.",
        causes: [
            "the kubeconfig is another cluster's, or its certificate has ended",
            "the unit crash-loops", "etcd is not reachable from it", "its certificate has ended", "a firewall",
        ],
        behaviour: "The plan is computed and cannot be applied.",
        remedies: ["journalctl -u kube-apiserver on the node", "curl -k https://NODE:6443/readyz?verbose"])

    private func held(_ node: NodeName, _ draft: PlanDraft) -> [String] {
        draft.topology.hosts[node].map(ComponentStopped.held) ?? []
    }

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.facts.apiServers.compactMap { server in
            let remedy = [
                Paste.on(server.node, "systemctl status kube-apiserver"),
                Paste.on(server.node, "journalctl -u kube-apiserver -n 50"),
            ]
            switch server.status {
            case .absent(let absence) where absence.code == .refused:
                return finding(
                    "the apiserver of \(server.node) and kupgrade's credentials do not trust each other",
                    node: server.node, why: [absence.reason],
                    remedy: ["kupgrade config explain  # which kubeconfig is used"] + remedy)
            case .absent(let absence) where absence.code == .malformed:
                return finding(
                    "the apiserver of \(server.node) could not be asked", node: server.node, why: [absence.reason],
                    remedy: ["kupgrade config explain  # which kubeconfig is used"] + remedy)
            case .absent(let absence):
                return finding(
                    "the apiserver of \(server.node) does not answer", node: server.node,
                    why: [absence.reason] + held(server.node, draft), remedy: remedy)
            case .seen(let status) where !status.notReady.isEmpty:
                return finding(
                    "the apiserver of \(server.node) is not ready", node: server.node,
                    why: ["failed checks: \(status.notReady.listed())"], remedy: remedy)
            case .seen: return nil
            }
        }
    }
}
