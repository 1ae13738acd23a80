extension NixOffer {
    /// The versions of a built closure, from its unit files: what would be activated, not what was promised.
    ///
    /// Throws ``NixError/Code/noClosure`` where it has no Kubernetes in it.
    public init(_ closure: Closure) throws {
        guard
            let kubelet = closure.units["kubelet.service"]?.program ?? closure.units["kube-apiserver.service"]?.program
        else { throw NixError(.noClosure, "\(closure.toplevel) has no kubelet.service") }
        guard let kubernetes = PackageName.version(in: kubelet, of: "kubernetes") else {
            throw NixError(
                .noClosure, "\(closure.toplevel): the store path of \(kubelet) names no Kubernetes version")
        }
        self.init(
            kubernetes: kubernetes, etcd: closure.version(of: "etcd", in: ["etcd.service"]),
            containerd: closure.version(of: "containerd", in: ["containerd.service"]),
            kernel: closure.links["kernel"].flatMap { PackageName.version(in: $0, of: "linux") },
            nixos: closure.nixosVersion, toplevel: closure.toplevel)
        self.closure = closure
        isBuilt = true
    }
}
