import Plans

/// What a system does to a node, judged by versions.
///
/// Only a comparison of the built closures can prove that Kubernetes is not concerned; until then what cannot be
/// excluded is assumed, and a node that changes at all is expected to restart all of its Kubernetes units.
enum ImpactRule {
    static func impact(of offer: NodeOffer, on node: NodeState) -> Impact {
        guard differs(offer, from: node) else { return .none }
        if let kernel = offer.kernel, let booted = node.bootedKernel, kernel != booted { return .reboot }
        return needsDrain(offer, node) ? .drain : .restarts(units: node.components.sorted().map(\.unit))
    }

    /// Anything known of the node is not as the offer has it.
    static func differs(_ offer: NodeOffer, from node: NodeState) -> Bool {
        if node.kubernetesVersions.contains(where: { !$0.isSameRelease(as: offer.kubernetes) }) { return true }
        if let wanted = offer.toplevel, let active = node.toplevel { return wanted != active }
        return differs(.etcd, offer.etcd, node) || differs(.containerd, offer.containerd, node)
            || differs(offer.nixos, node.nixos) || differs(offer.kernel, node.currentKernel)
    }

    /// "In-place minor version kubelet upgrades are not supported: drain pods from a node first" (version skew
    /// policy). A containerd of another minor is treated alike: its shims are not promised to be adopted.
    private static func needsDrain(_ offer: NodeOffer, _ node: NodeState) -> Bool {
        guard node.components.contains(.kubelet) else { return false }
        let kubelets = [node.running[.kubelet], node.installed[.kubelet]].compactMap { $0?.minorRelease }
        if kubelets.contains(where: { $0 != offer.kubernetes.minorRelease }) { return true }
        guard let wanted = offer.containerd, let present = node.running[.containerd] else { return false }
        return wanted.minorRelease != present.minorRelease
    }

    private static func differs(_ component: Component, _ wanted: Version?, _ node: NodeState) -> Bool {
        guard let wanted, node.components.contains(component) else { return false }
        return [node.running[component], node.installed[component]].contains { present in
            present.map { !$0.isSameRelease(as: wanted) } ?? false
        }
    }

    private static func differs(_ wanted: String?, _ present: String?) -> Bool {
        guard let wanted, let present else { return false }
        return wanted != present
    }
}
