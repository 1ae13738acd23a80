/// A PodDisruptionBudget, with what the controller last computed for it.
public struct PodDisruptionBudget: Decodable, Hashable, Sendable {
    public var namespace: String
    public var name: String
    /// Which pods of its namespace it covers; `nil` for none. An empty selector covers all of them in `policy/v1` and
    /// none in `policy/v1beta1`, so one that was read through the latter is `nil` here.
    public var selector: LabelSelector?
    /// As written, `2` or `50%`; at most one of the two is set.
    public var minAvailable: String?
    public var maxUnavailable: String?
    /// `IfHealthyBudget` or `AlwaysAllow`; `nil` where it says nothing, which means the former.
    public var unhealthyPodEvictionPolicy: String?
    /// Pods that it covers and that are ready.
    public var currentHealthy: Int
    /// How many of them must stay ready.
    public var desiredHealthy: Int
    /// How many there should be, by the scale of their owners.
    public var expectedPods: Int
    /// How many may be evicted now.
    public var disruptionsAllowed: Int
    /// The numbers belong to the budget as it is now. While they do not, every eviction answers 429.
    public var isCurrent: Bool

    /// The same budget with `policy/v1beta1`'s meaning of an empty selector.
    var readAsBeta: PodDisruptionBudget {
        var budget = self
        if selector?.isEmpty == true { budget.selector = nil }
        return budget
    }

    private struct Metadata: Decodable {
        var namespace: String
        var name: String
        var generation: Int64?
    }

    private struct Spec: Decodable {
        var selector: LabelSelector?
        var minAvailable: IntOrText?
        var maxUnavailable: IntOrText?
        var unhealthyPodEvictionPolicy: String?
    }

    private struct Status: Decodable {
        var observedGeneration: Int64?
        var currentHealthy: Int?
        var desiredHealthy: Int?
        var expectedPods: Int?
        var disruptionsAllowed: Int?
    }

    private enum CodingKeys: CodingKey {
        case metadata, spec, status
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let metadata = try container.decode(Metadata.self, forKey: .metadata)
        let spec = try container.decode(Spec.self, forKey: .spec)
        let status = try container.decodeIfPresent(Status.self, forKey: .status)
        namespace = metadata.namespace
        name = metadata.name
        selector = spec.selector
        minAvailable = spec.minAvailable?.text
        maxUnavailable = spec.maxUnavailable?.text
        unhealthyPodEvictionPolicy = spec.unhealthyPodEvictionPolicy
        currentHealthy = status?.currentHealthy ?? 0
        desiredHealthy = status?.desiredHealthy ?? 0
        expectedPods = status?.expectedPods ?? 0
        disruptionsAllowed = status?.disruptionsAllowed ?? 0
        isCurrent = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
    }
}

/// Kubernetes' IntOrString: `2` or `"50%"`.
private struct IntOrText: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int64.self) {
            text = String(number)
        } else {
            text = try container.decode(String.self)
        }
    }
}
