/// The parts of a Kubernetes node whose versions matter to a plan.
public enum Component: String, Codable, Sendable, CaseIterable, Comparable {
    case etcd
    case apiServer = "kube-apiserver"
    case controllerManager = "kube-controller-manager"
    case scheduler = "kube-scheduler"
    case kubelet
    case proxy = "kube-proxy"
    case containerd
    case flannel

    /// The unit NixOS runs it in.
    public var unit: String { rawValue + ".service" }

    public static func < (left: Component, right: Component) -> Bool { left.rawValue < right.rawValue }
}

/// What runs in a component's unit.
public struct ComponentFacts: Codable, Hashable, Sendable {
    public var component: Component
    /// `nil` where the program would not say.
    public var version: Version?
    /// The program's path; on NixOS below a store path.
    public var executable: String

    public init(component: Component, version: Version?, executable: String) {
        self.component = component
        self.version = version
        self.executable = executable
    }

    public var storePath: StorePath? { StorePath(containing: executable) }
}

/// A systemd unit, as `systemctl show` describes it.
public struct UnitFacts: Codable, Hashable, Sendable {
    public var name: String
    /// `loaded`, `not-found`, `masked`, `bad-setting`, …
    public var loadState: String
    /// `active`, `activating`, `deactivating`, `inactive`, `failed`, …
    public var activeState: String
    /// `running`, `exited`, `auto-restart`, `dead`, …
    public var subState: String
    /// When it entered its active state; `nil` when it never did.
    public var activeSince: Instant?
    /// How often systemd restarted it by itself.
    public var restarts: Int
    public var user: String
    public var commandLine: CommandLineFacts?
    /// The apiserver its kubeconfig leads to: `https://grey-area:6443`; `nil` where it has none.
    public var server: String?

    public init(
        name: String, loadState: String, activeState: String, subState: String, activeSince: Instant?,
        restarts: Int, user: String, commandLine: CommandLineFacts?, server: String? = nil
    ) {
        self.name = name
        self.loadState = loadState
        self.activeState = activeState
        self.subState = subState
        self.activeSince = activeSince
        self.restarts = restarts
        self.user = user
        self.commandLine = commandLine
        self.server = server
    }

    public var isRunning: Bool { activeState == "active" }
}
