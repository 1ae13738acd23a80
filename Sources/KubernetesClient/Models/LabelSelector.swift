/// A selector of labels; all of its parts must hold.
public struct LabelSelector: Decodable, Hashable, Sendable {
    /// One of `matchExpressions`.
    public struct Expression: Decodable, Hashable, Sendable {
        public var key: String
        /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
        public var `operator`: String
        public var values: [String]

        private enum CodingKeys: CodingKey {
            case key, `operator`, values
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            key = try container.decode(String.self, forKey: .key)
            `operator` = try container.decode(String.self, forKey: .operator)
            values = try container.decodeIfPresent([String].self, forKey: .values) ?? []
        }
    }

    public var matchLabels: [String: String]
    public var matchExpressions: [Expression]

    /// No condition at all.
    public var isEmpty: Bool { matchLabels.isEmpty && matchExpressions.isEmpty }

    private enum CodingKeys: CodingKey {
        case matchLabels, matchExpressions
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        matchLabels = try container.decodeIfPresent([String: String].self, forKey: .matchLabels) ?? [:]
        matchExpressions = try container.decodeIfPresent([Expression].self, forKey: .matchExpressions) ?? []
    }
}
