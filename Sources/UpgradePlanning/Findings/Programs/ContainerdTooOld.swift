import Plans

struct ContainerdTooOld: FindingRule {
    let code = "KUP-P071"
    let title = "containerd is too old for the kubelet"
    let severity = Finding.Severity.blocker
    let isAboutToday = false
    let page = ExplanationText(
        meaning: "Kubernetes 1.35 is the last to work with containerd 1.x; a kubelet from 1.36 on needs 2.0.",
        causes: ["containerd is pinned", "a bridge that brings only the package of Kubernetes"],
        behaviour: "The plan is computed and cannot be applied.",
        remedies: ["NixOS has containerd 2 since 25.05: take the whole system from one nixpkgs"])

    private static let first = MinorRelease(major: 1, minor: 36)

    func examine(_ draft: PlanDraft) -> [Finding] {
        draft.prospects.compactMap { move in
            guard move.offer.kubernetes.minorRelease >= Self.first, move.before.components.contains(.kubelet),
                let containerd = move.offer.containerd ?? move.before.running[.containerd], containerd.major < 2
            else { return nil }
            return finding(
                "kubelet \(move.offer.kubernetes) of \(move.node) needs containerd 2.0", node: move.node,
                severity: move.severity(.blocker),
                why: ["its system has containerd \(containerd)"] + move.whenever,
                remedy: [
                    "virtualisation.containerd.package = pkgs.containerd;  # 2.0 or later: NixOS has it since 25.05",
                    "nix eval --raw nixpkgs#containerd.version",
                ])
        }
    }
}
