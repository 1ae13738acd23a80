/// A list object of any kind.
///
/// Strict in two things, because what is no list must not read as an empty cluster: its kind ends in `List`, and it has
/// `items` (`null` is what Go writes for none).
struct ObjectList<Item: Decodable>: Decodable {
    var items: [Item]
    /// What to ask the next page with; `nil` on the last one.
    var continuation: String?

    private struct Metadata: Decodable {
        var `continue`: String?
    }

    private enum CodingKeys: CodingKey {
        case kind, metadata, items
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard try container.decode(String.self, forKey: .kind).hasSuffix("List"), container.contains(.items) else {
            throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "not a list")
        }
        items = try container.decodeIfPresent([Item].self, forKey: .items) ?? []
        let next = try container.decodeIfPresent(Metadata.self, forKey: .metadata)?.continue
        continuation = next?.isEmpty == false ? next : nil
    }
}
