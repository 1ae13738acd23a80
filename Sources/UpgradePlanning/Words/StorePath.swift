/// A path of the Nix store, without anything below it: `/nix/store/<32 characters>-<name>`.
public struct StorePath: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let text: String

    /// The store path that `path` is, or lies in; `nil` when it is not below `/nix/store`.
    public init?(containing path: some StringProtocol) {
        let prefix = "/nix/store/"
        guard path.hasPrefix(prefix) else { return nil }
        let item = path.dropFirst(prefix.count).prefix { $0 != "/" }
        let digest = item.prefix(32)
        guard item.count > 33, digest.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }),
            item.dropFirst(32).first == "-"
        else { return nil }
        text = prefix + item
    }

    /// The name behind the digest: `kubernetes-1.20.2`.
    public var name: String { String(text.dropFirst("/nix/store/".count + 33)) }

    public var description: String { text }

    public static func < (left: StorePath, right: StorePath) -> Bool { left.text < right.text }
}

extension StorePath: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder, as: "a Nix store path") { text in
            StorePath(containing: text).flatMap { $0.text == text ? $0 : nil }
        }
    }

    public func encode(to encoder: any Encoder) throws { try encodeText(text, to: encoder) }
}
