/// An API version of a resource that some minor no longer serves.
public struct RemovedAPI: Hashable, Sendable, Comparable {
    /// `networking.k8s.io`; empty for the core group.
    public let group: String
    public let version: String
    /// Plural, as in the URL: `ingresses`.
    public let resource: String
    /// The first minor that does not serve it.
    public let removedIn: MinorRelease

    public init(group: String, version: String, resource: String, removedIn: MinorRelease) {
        self.group = group
        self.version = version
        self.resource = resource
        self.removedIn = removedIn
    }

    /// As objects name it: `networking.k8s.io/v1beta1`.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    public static func < (left: RemovedAPI, right: RemovedAPI) -> Bool {
        if left.removedIn != right.removedIn { return left.removedIn < right.removedIn }
        return (left.group, left.version, left.resource) < (right.group, right.version, right.resource)
    }
}

/// Which APIs which minor removed.
///
/// From kubernetes/api's `zz_generated.prerelease-lifecycle.go` and the deprecation guide
/// (https://kubernetes.io/docs/reference/using-api/deprecation-guide/). Other tools' tables differ from it in places.
public enum Removals {
    /// Every API version of a resource that has a removal, ordered by minor.
    public static let all: [RemovedAPI] = table.flatMap { row in
        row.resources.split(separator: " ").map { resource in
            RemovedAPI(
                group: row.group, version: row.version, resource: String(resource),
                removedIn: MinorRelease(major: 1, minor: row.minor))
        }
    }.sorted()

    /// What `minor` does not serve any more, whenever it was removed.
    public static func removed(by minor: MinorRelease) -> [RemovedAPI] {
        all.filter { $0.removedIn <= minor }
    }

    /// What stops being served on the way from one minor up to another.
    public static func removed(after present: MinorRelease, upTo target: MinorRelease) -> [RemovedAPI] {
        all.filter { $0.removedIn > present && $0.removedIn <= target }
    }

    private struct Row {
        let minor: Int
        let group: String
        let version: String
        /// Plurals, with spaces between them.
        let resources: String

        init(_ minor: Int, _ group: String, _ version: String, _ resources: String) {
            self.minor = minor
            self.group = group
            self.version = version
            self.resources = resources
        }
    }

    private static let roles = "clusterroles clusterrolebindings roles rolebindings"
    private static let webhooks = "mutatingwebhookconfigurations validatingwebhookconfigurations"
    private static let admissionPolicies = "validatingadmissionpolicies validatingadmissionpolicybindings"
    private static let flows = "flowschemas prioritylevelconfigurations"
    private static let devices = "deviceclasses resourceclaims resourceclaimtemplates resourceslices"
    private static let workloads = "daemonsets deployments replicasets"

    private static let table: [Row] = [
        Row(16, "extensions", "v1beta1", workloads + " networkpolicies podsecuritypolicies"),
        Row(16, "apps", "v1beta1", "deployments replicasets statefulsets"),
        Row(16, "apps", "v1beta2", workloads + " statefulsets"),
        Row(17, "scheduling.k8s.io", "v1alpha1", "priorityclasses"),
        Row(22, "admissionregistration.k8s.io", "v1beta1", webhooks),
        Row(22, "apiextensions.k8s.io", "v1beta1", "customresourcedefinitions"),
        Row(22, "apiregistration.k8s.io", "v1beta1", "apiservices"),
        Row(22, "authentication.k8s.io", "v1beta1", "tokenreviews"),
        Row(
            22, "authorization.k8s.io", "v1beta1",
            "localsubjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews"),
        Row(22, "certificates.k8s.io", "v1beta1", "certificatesigningrequests"),
        Row(22, "coordination.k8s.io", "v1beta1", "leases"),
        Row(22, "extensions", "v1beta1", "ingresses"),
        Row(22, "networking.k8s.io", "v1beta1", "ingressclasses ingresses"),
        Row(22, "rbac.authorization.k8s.io", "v1alpha1", roles),
        Row(22, "rbac.authorization.k8s.io", "v1beta1", roles),
        Row(22, "scheduling.k8s.io", "v1beta1", "priorityclasses"),
        Row(22, "storage.k8s.io", "v1beta1", "csidrivers csinodes storageclasses volumeattachments"),
        Row(24, "storage.k8s.io", "v1alpha1", "csistoragecapacities volumeattachments"),
        Row(25, "autoscaling", "v2beta1", "horizontalpodautoscalers"),
        Row(25, "batch", "v1beta1", "cronjobs"),
        Row(25, "discovery.k8s.io", "v1beta1", "endpointslices"),
        Row(25, "events.k8s.io", "v1beta1", "events"),
        Row(25, "node.k8s.io", "v1beta1", "runtimeclasses"),
        Row(25, "policy", "v1beta1", "poddisruptionbudgets podsecuritypolicies"),
        Row(26, "autoscaling", "v2beta2", "horizontalpodautoscalers"),
        Row(26, "flowcontrol.apiserver.k8s.io", "v1beta1", flows),
        Row(27, "storage.k8s.io", "v1beta1", "csistoragecapacities"),
        Row(29, "flowcontrol.apiserver.k8s.io", "v1beta2", flows),
        Row(29, "networking.k8s.io", "v1alpha1", "clustercidrs"),
        Row(32, "admissionregistration.k8s.io", "v1alpha1", admissionPolicies),
        Row(32, "authentication.k8s.io", "v1alpha1", "selfsubjectreviews"),
        Row(32, "flowcontrol.apiserver.k8s.io", "v1beta3", flows),
        Row(32, "resource.k8s.io", "v1alpha3", "podschedulingcontexts"),
        Row(33, "authentication.k8s.io", "v1beta1", "selfsubjectreviews"),
        Row(34, "admissionregistration.k8s.io", "v1beta1", admissionPolicies),
        Row(34, "resource.k8s.io", "v1alpha3", devices),
        Row(35, "storage.k8s.io", "v1alpha1", "volumeattributesclasses"),
        Row(35, "storagemigration.k8s.io", "v1alpha1", "storageversionmigrations"),
        Row(37, "certificates.k8s.io", "v1alpha1", "clustertrustbundles"),
        Row(37, "networking.k8s.io", "v1beta1", "ipaddresses servicecidrs"),
        Row(37, "scheduling.k8s.io", "v1alpha2", "podgroups workloads"),
        Row(37, "storage.k8s.io", "v1beta1", "volumeattributesclasses"),
        Row(38, "resource.k8s.io", "v1beta1", devices),
        Row(39, "coordination.k8s.io", "v1beta1", "leasecandidates"),
        Row(39, "resource.k8s.io", "v1beta2", devices),
        Row(40, "admissionregistration.k8s.io", "v1beta1", "mutatingadmissionpolicies mutatingadmissionpolicybindings"),
    ]
}
