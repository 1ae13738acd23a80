/// Who an object is and who wrote it last, without the object.
public struct ObjectMetadata: Decodable, Hashable, Sendable {
    /// One entry of `metadata.managedFields`: someone who wrote fields, and through which API version.
    public struct Manager: Decodable, Hashable, Sendable {
        /// `kubectl-client-side-apply`, `argocd-controller`; empty where the server has none.
        public var manager: String
        /// `Apply` or `Update`.
        public var operation: String
        /// `networking.k8s.io/v1beta1`: the version of the request, which the object itself never shows.
        public var apiVersion: String
        /// Of the last write, in RFC 3339.
        public var time: String?
        /// `status`, `scale`; empty for the object itself.
        public var subresource: String
    }

    /// Empty for objects of the whole cluster.
    public var namespace: String
    public var name: String
    public var labels: [String: String]
    /// Empty where the server keeps none, or they were stripped.
    public var managers: [Manager]

    private enum CodingKeys: CodingKey {
        case metadata
    }

    private struct Metadata: Decodable {
        var namespace: String?
        var name: String
        var labels: [String: String]?
        var managedFields: [Manager]?
    }

    public init(from decoder: any Decoder) throws {
        let metadata = try decoder.container(keyedBy: CodingKeys.self).decode(Metadata.self, forKey: .metadata)
        namespace = metadata.namespace ?? ""
        name = metadata.name
        labels = metadata.labels ?? [:]
        managers = metadata.managedFields ?? []
    }
}

extension ObjectMetadata.Manager {
    private enum CodingKeys: CodingKey {
        case manager, operation, apiVersion, time, subresource
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        manager = try container.decodeIfPresent(String.self, forKey: .manager) ?? ""
        operation = try container.decodeIfPresent(String.self, forKey: .operation) ?? ""
        apiVersion = try container.decodeIfPresent(String.self, forKey: .apiVersion) ?? ""
        time = try container.decodeIfPresent(String.self, forKey: .time)
        subresource = try container.decodeIfPresent(String.self, forKey: .subresource) ?? ""
    }
}
