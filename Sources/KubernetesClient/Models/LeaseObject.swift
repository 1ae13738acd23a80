/// A Lease: who leads, or which kubelet or API server is alive.
public struct LeaseObject: Codable, Hashable, Sendable {
    public var namespace: String
    public var name: String
    public var labels: [String: String]
    /// Empty while nobody holds it.
    public var holder: String
    /// RFC 3339 with microseconds; `nil` where it was never renewed.
    public var renewTime: String?
    /// For how long a renewal holds, in seconds.
    public var durationSeconds: Int?
    /// Of the object that was read; a change is only taken while it is still that one.
    public var resourceVersion: String?

    /// One that is not there yet.
    public init(namespace: String, name: String, holder: String, renewTime: String, durationSeconds: Int) {
        self.namespace = namespace
        self.name = name
        labels = [:]
        self.holder = holder
        self.renewTime = renewTime
        self.durationSeconds = durationSeconds
    }

    private struct Metadata: Codable {
        var namespace: String
        var name: String
        var labels: [String: String]?
        var resourceVersion: String?
    }

    private struct Spec: Codable {
        var holderIdentity: String?
        var renewTime: String?
        var leaseDurationSeconds: Int?
    }

    private enum CodingKeys: CodingKey {
        case apiVersion, kind, metadata, spec
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let metadata = try container.decode(Metadata.self, forKey: .metadata)
        let spec = try container.decodeIfPresent(Spec.self, forKey: .spec)
        namespace = metadata.namespace
        name = metadata.name
        labels = metadata.labels ?? [:]
        holder = spec?.holderIdentity ?? ""
        renewTime = spec?.renewTime
        durationSeconds = spec?.leaseDurationSeconds
        resourceVersion = metadata.resourceVersion
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("coordination.k8s.io/v1", forKey: .apiVersion)
        try container.encode("Lease", forKey: .kind)
        try container.encode(
            Metadata(namespace: namespace, name: name, labels: labels, resourceVersion: resourceVersion),
            forKey: .metadata)
        try container.encode(
            Spec(holderIdentity: holder, renewTime: renewTime, leaseDurationSeconds: durationSeconds), forKey: .spec)
    }
}
