/// A Node.
public struct NodeObject: Decodable, Hashable, Sendable {
    /// What keeps pods away that do not tolerate it.
    public struct Taint: Decodable, Hashable, Sendable {
        public var key: String
        /// Empty where it has none.
        public var value: String
        /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
        public var effect: String
    }

    /// One of the states the kubelet or the node controller reports.
    public struct Condition: Decodable, Hashable, Sendable {
        /// `Ready`, `MemoryPressure`, `DiskPressure`, `PIDPressure`, `NetworkUnavailable`.
        public var type: String
        /// `True`, `False` or `Unknown`.
        public var status: String
        /// Empty where it has none.
        public var reason: String
    }

    /// Where the node is reached.
    public struct Address: Decodable, Hashable, Sendable {
        /// `InternalIP`, `ExternalIP`, `Hostname`.
        public var type: String
        public var address: String
    }

    /// Versions and identities as the kubelet reports them; empty where it reports none.
    public struct Info: Hashable, Sendable {
        /// `v1.20.2`.
        public var kubeletVersion = ""
        /// Equals the kubelet's since Kubernetes stopped asking kube-proxy; empty since 1.33.
        public var kubeProxyVersion = ""
        /// `containerd://1.6.20`.
        public var containerRuntimeVersion = ""
        /// `uname -r`.
        public var kernelVersion = ""
        /// `PRETTY_NAME` of /etc/os-release: `NixOS 26.05 (Yarara)`.
        public var osImage = ""
        /// Another one after each boot.
        public var bootID = ""
        /// `/etc/machine-id`.
        public var machineID = ""
        /// The mainboard's.
        public var systemUUID = ""
    }

    /// What pods can be given.
    public struct Allocatable: Hashable, Sendable {
        /// Thousandths of a processor.
        public var milliCPU: Int64 = 0
        public var memoryBytes: Int64 = 0
        /// How many pods.
        public var pods: Int = 0
        /// Extended resources, as device plugins offer them: `nvidia.com/gpu`.
        public var devices: [String: Int64] = [:]
    }

    public var name: String
    /// Another one when the node was deleted and joined again under its name.
    public var uid: String
    public var labels: [String: String]
    /// Without `kubectl.kubernetes.io/last-applied-configuration`.
    public var annotations: [String: String]
    /// Cordoned.
    public var isUnschedulable: Bool
    public var taints: [Taint]
    public var conditions: [Condition]
    public var addresses: [Address]
    /// All zero until the kubelet has reported.
    public var allocatable: Allocatable
    public var info: Info

    /// The condition `Ready` is `True`; a node without the condition is not ready.
    public var isReady: Bool { conditions.contains { $0.type == "Ready" && $0.status == "True" } }
}
