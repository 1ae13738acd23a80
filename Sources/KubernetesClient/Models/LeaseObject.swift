/// A Lease: who leads, or which kubelet or API server is alive.
public struct LeaseObject: Decodable, Hashable, Sendable {
    public var namespace: String
    public var name: String
    public var labels: [String: String]
    /// Empty while nobody holds it.
    public var holder: String
    /// RFC 3339 with microseconds; `nil` where it was never renewed.
    public var renewTime: String?
    /// For how long a renewal holds, in seconds.
    public var durationSeconds: Int?

    private struct Metadata: Decodable {
        var namespace: String
        var name: String
        var labels: [String: String]?
    }

    private struct Spec: Decodable {
        var holderIdentity: String?
        var renewTime: String?
        var leaseDurationSeconds: Int?
    }

    private enum CodingKeys: CodingKey {
        case metadata, spec
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
    }
}
