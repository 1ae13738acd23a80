/// A list object of any kind.
///
/// Strict in two things, because what is no list must not read as an empty cluster: its kind ends in `List`, and it has
/// `items` (`null` is what Go writes for none).
struct ObjectList<Item: Decodable>: Decodable {
    var items: [Item]
    /// What to ask the next page with; `nil` on the last one.
    var continuation: String?

    /// Of the reading; the same on each of its pages. Empty where the server says none.
    var version: String

    private struct Metadata: Decodable {
        var `continue`: String?
        var resourceVersion: String?
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
        let metadata = try container.decodeIfPresent(Metadata.self, forKey: .metadata)
        let next = metadata?.continue
        version = metadata?.resourceVersion ?? ""
        continuation = next?.isEmpty == false ? next : nil
    }
}
