import Plans

/// What a system does to a node: by comparing the two closures where both are known, else by versions.
///
/// Only a comparison of closures can prove that Kubernetes is not concerned; without one, what cannot be excluded is
/// assumed, and a node that changes at all is expected to restart all of its Kubernetes units.
enum ImpactRule {
    static func impact(of offer: NodeOffer, on node: NodeState) -> Impact {
        guard differs(offer, from: node) else { return .none }
        if !rebootReasons(offer, node).isEmpty { return .reboot }
        if !drainReasons(offer, node).isEmpty { return .drain }
        guard let changes = comparison(of: offer, with: node) else {
            return .restarts(units: node.components.sorted().map(\.unit))
        }
        let concerned = changes.touched.filter(ConcernedUnits.concern)
        return concerned.isEmpty ? .untouched : .restarts(units: concerned)
    }

    /// Anything known of the node is not as the offer has it.
    static func differs(_ offer: NodeOffer, from node: NodeState) -> Bool {
        if node.kubernetesVersions.contains(where: { !$0.isSameRelease(as: offer.kubernetes) }) { return true }
        if let wanted = offer.toplevel, let active = node.toplevel { return wanted != active }
        return differs(.etcd, offer.etcd, node) || differs(.containerd, offer.containerd, node)
            || differs(offer.nixos, node.nixos) || differs(offer.kernel, node.currentKernel)
    }

    /// `nil` where either closure is not known.
    static func comparison(of offer: NodeOffer, with node: NodeState) -> ClosureComparison? {
        guard let old = node.closure, let new = offer.closure else { return nil }
        return ClosureComparison(from: old, to: new, active: node.activeUnits)
    }

    /// Why the node must boot into the new system, in words; empty where it need not.
    ///
    /// Kernel, modules, initrd and systemd are in force from boot to boot; where the init interface or an inhibitor
    /// differs, NixOS refuses to switch at all. A GPU driver's module must fit its libraries.
    static func rebootReasons(_ offer: NodeOffer, _ node: NodeState) -> [String] {
        guard let new = offer.closure else { return kernelReason(offer, node) }
        let versions = kernelReason(offer, node)
        var reasons = new.boot.differences(from: node.booted)
        if reasons.first == "kernel", let first = versions.first { reasons[0] = first }
        if new.boot.kernel == nil || node.booted.kernel == nil { reasons += versions }
        guard let old = node.closure else { return reasons }
        if let wanted = new.initInterface, let present = old.initInterface, wanted != present {
            reasons.append("init interface (\(present) -> \(wanted))")
        }
        for (name, value) in new.inhibitors.sorted(by: { $0.key < $1.key }) {
            if let present = old.inhibitors[name], present != value { reasons.append(name) }
        }
        if old.usesDBusBroker != new.usesDBusBroker, !reasons.contains(where: { $0.hasPrefix("dbus") }) {
            reasons.append("dbus")
        }
        for (name, versions) in new.packages.sorted(by: { $0.key < $1.key }) where isDriver(name) {
            if let present = old.packages[name], present != versions { reasons.append(name) }
        }
        return reasons
    }

    private static func kernelReason(_ offer: NodeOffer, _ node: NodeState) -> [String] {
        guard let kernel = offer.kernel, let booted = node.bootedKernel, kernel != booted else { return [] }
        return ["kernel \(booted) -> \(kernel)"]
    }

    /// User-space halves of drivers whose other half is a kernel module.
    private static func isDriver(_ package: String) -> Bool { package.hasPrefix("nvidia-x11") || package == "zfs-user" }

    /// Why its pods must leave, in words.
    ///
    /// "In-place minor version kubelet upgrades are not supported: drain pods from a node first" (version skew
    /// policy). A containerd of another minor is treated alike: its shims are not promised to be adopted.
    static func drainReasons(_ offer: NodeOffer, _ node: NodeState) -> [String] {
        guard node.components.contains(.kubelet) else { return [] }
        let kubelets = [node.running[.kubelet], node.installed[.kubelet]].compactMap { $0 }
        if let other = kubelets.first(where: { $0.minorRelease != offer.kubernetes.minorRelease }) {
            return ["kubelet \(other) -> \(offer.kubernetes)"]
        }
        guard let wanted = offer.containerd, let present = node.running[.containerd] else { return [] }
        return wanted.minorRelease == present.minorRelease ? [] : ["containerd \(present) -> \(wanted)"]
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
