import Plans

struct ModuleApart: FindingRule {
    let code = "KUP-P073"
    let title = "package and module of Kubernetes are of two minors"
    let severity = Finding.Severity.warning
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "services.kubernetes.package is of another minor than the nixpkgs whose module writes its units. The "
            + "module passes the flags that its own minor knows, and moved the kubelet's options into a configuration "
            + "file only in 2024.",
        causes: ["services.kubernetes.package = (import pin { }).kubernetes;"],
        behaviour: "The plan can be applied when every flag is known to the program (KUP-P070).",
        remedies: [
            "pin all of nixpkgs for the hop, as a bridge of the cluster file does",
            "kupgrade plan --build  # asks the programs themselves",
        ])

    func examine(_ draft: PlanDraft) -> [Finding] {
        var seen: Set<Finding> = []
        return draft.prospects.compactMap { move in
            guard let channel = move.offer.moduleKubernetes?.minorRelease,
                channel != move.offer.kubernetes.minorRelease
            else { return nil }
            return finding(
                "\(move.node) would run Kubernetes \(move.offer.kubernetes) by a module of \(channel)", node: move.node,
                why: ["its nixpkgs has Kubernetes \(move.offer.moduleKubernetes.map(\.description) ?? "")"]
                    + move.whenever,
                remedy: ["kupgrade plan --build"])
        }.filter { seen.insert($0).inserted }
    }
}
