import Plans

struct SandboxImageUnpinned: HostRule {
    let code = "KUP-P076"
    let title = "the pause image may be collected"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning: "Every pod starts with the pause image. containerd keeps the kubelet from collecting it by its full "
            + "name; by a short one (\"pause:latest\") it is not recognised, is collected when the disk fills, and then "
            + "no pod can start on the node: it is in no registry under that name.",
        causes: ["a NixOS from before December 2025 (nixpkgs pull request 470971)", "a setting of your own"],
        behaviour: "The plan can be applied.",
        remedies: [
            "virtualisation.containerd.settings.plugins.\"io.containerd.grpc.v1.cri\".sandbox_image = "
                + "lib.mkForce \"docker.io/library/pause:latest\"; then restart containerd"
        ])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard let image = host.platform.containerd.sandboxImage, !Self.isFull(image) else { return [] }
        return [
            finding(
                "containerd of \(node) knows its pause image by a short name", node: node,
                why: ["sandbox_image is \(image), and not docker.io/library/\(image)"],
                remedy: [
                    "virtualisation.containerd.settings.plugins.\"io.containerd.grpc.v1.cri\".sandbox_image = lib.mkForce "
                        + "\"docker.io/library/\(image)\";",
                    Paste.on(node, "ctr -n k8s.io images ls | grep pause"),
                ])
        ]
    }

    /// `registry/…`: the part before the first slash is a host's name.
    private static func isFull(_ image: String) -> Bool {
        guard let slash = image.firstIndex(of: "/") else { return false }
        return image[..<slash].contains(".") || image[..<slash].contains(":")
    }
}
