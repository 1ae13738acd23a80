import Plans

struct DNSImageWindow: FindingRule {
    let code = "KUP-P078"
    let title = "CoreDNS may wait for its image"
    let severity = Finding.Severity.notice
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "The addon manager of the first upgraded master applies the new CoreDNS Deployment, whose image is "
            + "never pulled (imagePullPolicy: Never): only upgraded kubelets bring it. On a node that has not moved yet "
            + "its pod is ErrImageNeverPull until that node moves.",
        causes: ["services.kubernetes.addons.dns, and a system with another CoreDNS"],
        behaviour: "The plan can be applied. It is expected between the first node and the last; the old pods go on "
            + "answering as long as the new ones are not ready.",
        remedies: ["kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide  # while it lasts"])

    func examine(_ draft: PlanDraft) -> [Finding] {
        let managers = draft.topology.names.filter {
            draft.topology.hosts[$0]?.unit("kube-addon-manager.service") != nil
        }
        let dns = (draft.facts.kubernetes.value?.pods ?? []).filter {
            $0.namespace == "kube-system" && $0.labels["k8s-app"] == "kube-dns"
        }
        let moved = Set(draft.route.moves.filter(\.changesKubernetes).map(\.node))
        guard managers.contains(where: moved.contains), !dns.isEmpty, moved.count > 1 else { return [] }
        let nodes = Set(dns.map(\.nodeName)).sorted().joined(separator: ", ")
        return [
            finding(
                "CoreDNS may wait for its image while the nodes move one after the other",
                why: ["\(dns.count) pods on \(nodes); \(managers.map(\.text).listed()) applies the Deployment anew"],
                remedy: ["kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide"])
        ]
    }
}
