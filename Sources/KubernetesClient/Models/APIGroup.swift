/// An API group and the versions of it that are served.
public struct APIGroup: Decodable, Hashable, Sendable {
    /// Empty for the core group.
    public var name: String
    /// In the server's order of preference: `["v1", "v1beta1"]`.
    public var versions: [String]

    private struct Version: Decodable {
        var version: String
    }

    private enum CodingKeys: CodingKey {
        case name, versions
    }

    init(name: String, versions: [String]) {
        self.name = name
        self.versions = versions
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        versions = try container.decode([Version].self, forKey: .versions).map(\.version)
    }
}
