import Plans

/// What one node runs, as it is now or as it would be after some steps.
struct NodeState: Hashable, Sendable {
    /// Everything found in a unit.
    var components: Set<Component>
    /// What runs; a component without an entry would not say.
    var running: [Component: Version]
    /// What its unit file names: differs from what runs when a change is half done.
    var installed: [Component: Version]
    /// Components that are stopped and kept from starting.
    var parked: Set<Component> = []
    var currentKernel: String?
    var bootedKernel: String?
    var nixos: String?
    var toplevel: StorePath?
    /// Of the active system; `nil` where it is not known.
    var closure: ClosureFacts?
    /// What the running system was booted with.
    var booted = BootFacts()
    /// The units that run; `nil` where nobody could say.
    var activeUnits: Set<String>?

    /// Every version of a Kubernetes component here, running or installed.
    var kubernetesVersions: [Version] {
        Component.allCases.filter(\.isKubernetes).flatMap { component in
            [running[component], installed[component]].compactMap { $0 }
        }
    }

    func minor(_ component: Component) -> MinorRelease? {
        parked.contains(component) ? nil : running[component]?.minorRelease
    }

    /// What runs once `offer` is active.
    mutating func apply(_ offer: NodeOffer, impact: Impact) {
        for component in components where component.isKubernetes {
            set(component, offer.kubernetes)
        }
        if components.contains(.etcd), let etcd = offer.etcd { set(.etcd, etcd) }
        if components.contains(.containerd), let containerd = offer.containerd { set(.containerd, containerd) }
        toplevel = offer.toplevel
        nixos = offer.nixos ?? nixos
        currentKernel = offer.kernel ?? currentKernel
        closure = offer.closure
        if impact == .reboot {
            bootedKernel = currentKernel
            booted = offer.closure?.boot ?? BootFacts()
        }
    }

    private mutating func set(_ component: Component, _ version: Version) {
        running[component] = version
        installed[component] = version
    }
}

extension NodeState {
    init(_ host: HostFacts?, object: NodeObjectFacts?, apiServer: APIServerStatus?, etcd: EtcdMemberFacts?) {
        let found = host?.components ?? []
        components = Set(found.map(\.component))
        installed = Dictionary(found.compactMap { part in part.version.map { (part.component, $0) } }) { $1 }
        running = installed
        if let apiServer { running[.apiServer] = apiServer.version }
        if let etcd { running[.etcd] = etcd.version }
        if let kubelet = object?.kubeletVersion { running[.kubelet] = kubelet }
        components.formUnion(running.keys)
        currentKernel = host?.generations.currentKernel.flatMap(Self.kernelVersion)
        bootedKernel = host?.generations.bootedKernel.flatMap(Self.kernelVersion)
        nixos = host?.nixosVersion
        toplevel = host?.generations.current
        closure = host?.closure.value
        booted = host?.booted ?? BootFacts()
        activeUnits = host.flatMap { $0.activeUnits.isEmpty ? nil : Set($0.activeUnits) }
    }

    /// `6.1.55` of `/nix/store/…-linux-6.1.55/bzImage`; `nil` where the path does not say.
    private static func kernelVersion(_ path: String) -> String? {
        guard let name = StorePath(containing: path)?.name, name.hasPrefix("linux-"),
            let first = name.dropFirst(6).first, first.isNumber
        else { return nil }
        return String(name.dropFirst(6))
    }
}
