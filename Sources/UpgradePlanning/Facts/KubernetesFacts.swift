/// One apiserver, asked by itself: two that differ in `kubeSystemUID` are two clusters.
public struct APIServerFacts: Codable, Hashable, Sendable {
    public var node: NodeName
    public var status: Observed<APIServerStatus>

    public init(node: NodeName, status: Observed<APIServerStatus>) {
        self.node = node
        self.status = status
    }
}

public struct APIServerStatus: Codable, Hashable, Sendable {
    /// From its `/version`.
    public var version: Version
    /// `/readyz` said ok; else the checks that failed.
    public var notReady: [String]
    /// UID of the namespace kube-system, as this apiserver reads it.
    public var kubeSystemUID: Observed<String>
    /// Deprecated APIs that were asked for since this process started.
    public var deprecatedRequests: Observed<[DeprecatedRequest]>
    /// Asked only where the masters are several clusters.
    public var contents: Observed<ContentFacts> = .absent(Absence(.notAsked, "the masters are one cluster"))

    public init(
        version: Version, notReady: [String], kubeSystemUID: Observed<String>,
        deprecatedRequests: Observed<[DeprecatedRequest]>
    ) {
        self.version = version
        self.notReady = notReady
        self.kubeSystemUID = kubeSystemUID
        self.deprecatedRequests = deprecatedRequests
    }
}

/// A line of the metric `apiserver_requested_deprecated_apis`.
public struct DeprecatedRequest: Codable, Hashable, Sendable {
    /// Empty for the core group.
    public var group: String
    public var version: String
    public var resource: String
    public var subresource: String
    /// The minor that no longer serves it; `nil` where the server names none.
    public var removedRelease: MinorRelease?

    public init(group: String, version: String, resource: String, subresource: String, removedRelease: MinorRelease?) {
        self.group = group
        self.version = version
        self.resource = resource
        self.subresource = subresource
        self.removedRelease = removedRelease
    }
}

/// What the cluster says of itself.
public struct KubernetesFacts: Codable, Hashable, Sendable {
    /// The node whose apiserver was asked; `nil` when it was a server of a kubeconfig that belongs to no known node.
    public var askedNode: NodeName?
    /// Why the server of the kubeconfig was passed over for that node's; absent where it was not.
    public var passedOver: String?
    public var nodes: [NodeObjectFacts]
    public var pods: [PodFacts]
    public var budgets: [BudgetFacts]
    public var leases: [LeaseFacts]
    /// Objects last written through an API version that a later release removes.
    public var deprecatedObjects: Observed<[DeprecatedObject]>
    /// Claims that are bound to a volume.
    public var claims: Observed<[ClaimFacts]> = .absent(Absence(.notAsked, "nobody asked for claims"))
    /// Labels of every namespace; asked for only where a pod's affinity chooses namespaces by them.
    public var namespaceLabels: [String: [String: String]]?

    public init(
        askedNode: NodeName?, nodes: [NodeObjectFacts], pods: [PodFacts], budgets: [BudgetFacts],
        leases: [LeaseFacts], deprecatedObjects: Observed<[DeprecatedObject]>
    ) {
        self.askedNode = askedNode
        self.nodes = nodes
        self.pods = pods
        self.budgets = budgets
        self.leases = leases
        self.deprecatedObjects = deprecatedObjects
    }
}

/// A Node object.
public struct NodeObjectFacts: Codable, Hashable, Sendable {
    public var name: String
    public var uid: String
    /// `status.nodeInfo.kubeletVersion`.
    public var kubeletVersion: Version?
    public var proxyVersion: Version?
    /// `containerd://1.6.20`.
    public var containerRuntime: String
    public var internalAddresses: [String]
    /// Condition `Ready` is `True`.
    public var isReady: Bool
    /// The conditions that are not as they should be, as `type: reason`.
    public var troubles: [String]
    public var isUnschedulable: Bool
    /// Who cordoned it, where an annotation of kupgrade says so.
    public var cordonedByRun: String?
    public var taints: [TaintFacts]
    public var labels: [String: String]
    public var podCapacity: Int
    /// Allocatable, in millicores and bytes.
    public var allocatableCPU: Int64
    public var allocatableMemory: Int64
    /// `status.nodeInfo.machineID`; `nil` where it says none.
    public var machineID: String?
    /// Of anything else: `nvidia.com/gpu`.
    public var allocatableDevices: [String: Int64]?

    public init(
        name: String, uid: String, kubeletVersion: Version?, proxyVersion: Version?, containerRuntime: String,
        internalAddresses: [String], isReady: Bool, troubles: [String], isUnschedulable: Bool,
        cordonedByRun: String?, taints: [TaintFacts], labels: [String: String], podCapacity: Int,
        allocatableCPU: Int64, allocatableMemory: Int64
    ) {
        self.name = name
        self.uid = uid
        self.kubeletVersion = kubeletVersion
        self.proxyVersion = proxyVersion
        self.containerRuntime = containerRuntime
        self.internalAddresses = internalAddresses
        self.isReady = isReady
        self.troubles = troubles
        self.isUnschedulable = isUnschedulable
        self.cordonedByRun = cordonedByRun
        self.taints = taints
        self.labels = labels
        self.podCapacity = podCapacity
        self.allocatableCPU = allocatableCPU
        self.allocatableMemory = allocatableMemory
    }
}

public struct TaintFacts: Codable, Hashable, Sendable {
    public var key: String
    public var value: String
    public var effect: String

    public init(key: String, value: String, effect: String) {
        self.key = key
        self.value = value
        self.effect = effect
    }
}

/// A pod, as far as draining its node is concerned.
public struct PodFacts: Codable, Hashable, Sendable {
    public enum Volume: Codable, Hashable, Sendable {
        /// Lost when the pod leaves its node. The size limit in bytes, where one is set.
        case emptyDirectory(name: String, limit: Int64?)
        /// A path of the host.
        case hostPath(String)
        /// By its claim's name.
        case claim(String)
    }

    public var namespace: String
    public var name: String
    public var uid: String
    /// Empty while it is not scheduled.
    public var nodeName: String
    public var phase: String
    public var isReady: Bool
    /// It has a deletion time.
    public var isTerminating: Bool
    /// A static pod's mirror: cannot be evicted.
    public var isMirror: Bool
    /// The controlling owner, as `Kind` and name; `nil` for a pod that nothing will bring back.
    public var ownerKind: String?
    public var ownerName: String?
    public var labels: [String: String]
    public var gracePeriodSeconds: Int
    /// Volumes that a drain has to think about; ConfigMaps, Secrets and the like are left out.
    public var volumes: [Volume]
    /// Requested, in millicores and bytes.
    public var requestedCPU: Int64
    public var requestedMemory: Int64
    /// Of anything else that a node has a number of: `nvidia.com/gpu`.
    public var requestedDevices: [String: Int64]?
    /// Where it may run.
    public var placement = PlacementFacts()

    public init(
        namespace: String, name: String, uid: String, nodeName: String, phase: String, isReady: Bool,
        isTerminating: Bool, isMirror: Bool, ownerKind: String?, ownerName: String?, labels: [String: String],
        gracePeriodSeconds: Int, volumes: [Volume], requestedCPU: Int64, requestedMemory: Int64
    ) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.nodeName = nodeName
        self.phase = phase
        self.isReady = isReady
        self.isTerminating = isTerminating
        self.isMirror = isMirror
        self.ownerKind = ownerKind
        self.ownerName = ownerName
        self.labels = labels
        self.gracePeriodSeconds = gracePeriodSeconds
        self.volumes = volumes
        self.requestedCPU = requestedCPU
        self.requestedMemory = requestedMemory
    }
}

/// A PodDisruptionBudget, as the controller last computed it.
public struct BudgetFacts: Codable, Hashable, Sendable {
    public var namespace: String
    public var name: String
    public var selector: LabelSelectorFacts
    /// As written: `2`, `50%`; exactly one of the two is set.
    public var minAvailable: String?
    public var maxUnavailable: String?
    public var currentHealthy: Int
    public var desiredHealthy: Int
    public var expectedPods: Int
    public var disruptionsAllowed: Int
    /// A pod that is not ready may always leave (`unhealthyPodEvictionPolicy: AlwaysAllow`).
    public var letsUnready: Bool?
    /// The controller has not looked at it since it was changed: every eviction answers 429 until it has.
    public var isStale: Bool?

    public init(
        namespace: String, name: String, selector: LabelSelectorFacts, minAvailable: String?, maxUnavailable: String?,
        currentHealthy: Int, desiredHealthy: Int, expectedPods: Int, disruptionsAllowed: Int
    ) {
        self.namespace = namespace
        self.name = name
        self.selector = selector
        self.minAvailable = minAvailable
        self.maxUnavailable = maxUnavailable
        self.currentHealthy = currentHealthy
        self.desiredHealthy = desiredHealthy
        self.expectedPods = expectedPods
        self.disruptionsAllowed = disruptionsAllowed
    }
}

public struct LabelSelectorFacts: Codable, Hashable, Sendable {
    public struct Expression: Codable, Hashable, Sendable {
        public var key: String
        /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
        public var `operator`: String
        public var values: [String]

        public init(key: String, operator: String, values: [String]) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }
    }

    public var matchLabels: [String: String]
    public var matchExpressions: [Expression]

    public init(matchLabels: [String: String], matchExpressions: [Expression]) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }
}

/// A Lease of a component that elects a leader.
public struct LeaseFacts: Codable, Hashable, Sendable {
    public var namespace: String
    public var name: String
    public var holder: String
    public var renewedAt: Instant?

    public init(namespace: String, name: String, holder: String, renewedAt: Instant?) {
        self.namespace = namespace
        self.name = name
        self.holder = holder
        self.renewedAt = renewedAt
    }
}

/// An object whose managed fields name an API version that a later release removes: someone still writes through it.
public struct DeprecatedObject: Codable, Hashable, Sendable {
    /// `networking.k8s.io/v1beta1`.
    public var apiVersion: String
    /// Plural, as in the URL: `ingresses`.
    public var resource: String
    /// Empty for objects of the whole cluster.
    public var namespace: String
    public var name: String
    /// The field manager that wrote it: `kubectl-client-side-apply`, `argocd-controller`.
    public var manager: String

    public init(apiVersion: String, resource: String, namespace: String, name: String, manager: String) {
        self.apiVersion = apiVersion
        self.resource = resource
        self.namespace = namespace
        self.name = name
        self.manager = manager
    }
}
