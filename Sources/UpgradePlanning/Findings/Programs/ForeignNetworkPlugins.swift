import Plans

struct ForeignNetworkPlugins: HostRule {
    let code = "KUP-P077"
    let title = "network plugins that a kubelet's start removes"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "NixOS's kubelet empties /opt/cni/bin whenever it starts and links its own plugins there. Plugins that "
            + "Cilium, Calico or another operator put there are gone then, until its DaemonSet puts them back; no pod "
            + "can start meanwhile.",
        causes: ["a network of your own beside the module's kubelet (nixpkgs issues 53601 and 124071)"],
        behaviour: "The plan can be applied; a gate waits for a pod with network on each node.",
        remedies: [
            "systemd.services.kubelet.preStart = lib.mkForce \"…\"; without the line that empties the folder",
            "kubectl -n kube-system rollout restart daemonset NAME  # puts them back",
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        let foreign = host.platform.foreignNetworkPlugins
        guard !foreign.isEmpty, host.platform.wipesNetworkPlugins != false, host.component(.kubelet) != nil else {
            return []
        }
        return [
            finding(
                "\(node) has \(foreign.count) network plugins that are not NixOS's", node: node,
                why: [foreign.listed(), "configured: \(host.platform.networkConfigurations.listed())"],
                remedy: [
                    Paste.on(node, "systemctl cat kubelet | grep cni/bin"),
                    "kubectl -n kube-system rollout restart daemonset  # after the rebuild: each puts its plugin back",
                ])
        ]
    }
}
