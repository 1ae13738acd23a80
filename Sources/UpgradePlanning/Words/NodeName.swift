/// The name of a node in the cluster file: a DNS-1123 label or subdomain in lower case, as Kubernetes names nodes.
public struct NodeName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let text: String

    /// `nil` unless the text is 1 to 253 of `a-z 0-9 - .`, starting and ending with a letter or digit.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        func isAlphanumeric(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        guard (1...253).contains(bytes.count), let first = bytes.first, let last = bytes.last,
            isAlphanumeric(first), isAlphanumeric(last),
            bytes.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") })
        else { return nil }
        self.text = String(text)
    }

    public var description: String { text }

    public static func < (left: NodeName, right: NodeName) -> Bool { left.text < right.text }
}

extension NodeName: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder, as: "a node name (lower case letters, digits, - and .)") { NodeName($0) }
    }

    public func encode(to encoder: any Encoder) throws { try encodeText(text, to: encoder) }
}

/// Lets a dictionary by node name be a JSON object.
extension NodeName: CodingKeyRepresentable {
    public var codingKey: any CodingKey { NameKey(stringValue: text) }

    public init?(codingKey: some CodingKey) {
        self.init(codingKey.stringValue)
    }

    private struct NameKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }
}
