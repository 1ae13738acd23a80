/// A resource that a group and version serves; subresources are listed too, as `pods/eviction`.
public struct APIResource: Decodable, Hashable, Sendable {
    /// Plural, as in the URL: `ingresses`.
    public var name: String
    public var kind: String
    /// Its objects are in namespaces, rather than of the whole cluster.
    public var isNamespaced: Bool
    /// What can be done with it: `get`, `list`, `create`. Empty where the server names nothing.
    public var verbs: [String]
    /// The group and version of what is written, where it differs from the list's: `policy` and `v1` for
    /// `pods/eviction`.
    public var group: String?
    public var version: String?

    private enum CodingKeys: String, CodingKey {
        case name, kind, verbs, group, version
        case isNamespaced = "namespaced"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        kind = try container.decode(String.self, forKey: .kind)
        isNamespaced = try container.decode(Bool.self, forKey: .isNamespaced)
        verbs = try container.decodeIfPresent([String].self, forKey: .verbs) ?? []
        group = try container.decodeIfPresent(String.self, forKey: .group)
        version = try container.decodeIfPresent(String.self, forKey: .version)
    }
}
