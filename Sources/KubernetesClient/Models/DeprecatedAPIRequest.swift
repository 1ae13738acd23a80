/// A deprecated API that somebody asked an API server for since that server's process started.
public struct DeprecatedAPIRequest: Hashable, Sendable {
    /// Empty for the core group.
    public var group: String
    public var version: String
    /// Plural, as in the URL: `ingresses`.
    public var resource: String
    /// `status`; empty for the object itself.
    public var subresource: String
    /// The release that no longer serves it, as `1.22`; empty where the server names none.
    public var removedRelease: String

    init(_ sample: MetricSample) {
        group = serverText(sample.labels["group"] ?? "")
        version = serverText(sample.labels["version"] ?? "")
        resource = serverText(sample.labels["resource"] ?? "")
        subresource = serverText(sample.labels["subresource"] ?? "")
        removedRelease = serverText(sample.labels["removed_release"] ?? "")
    }
}
