/// A version as Kubernetes, etcd and containerd print it: `v1.20.2`, `1.21.0+lab`, `3.6.0-rc.1`.
///
/// Ordered by its three numbers; then a pre-release comes before the release (semver.org, 11), and what follows `+` only
/// breaks ties, so that two different builds are never equal.
public struct Version: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var major: Int
    public var minor: Int
    public var patch: Int
    /// What follows `-`, without the dash; empty for a release.
    public var prerelease: String
    /// What follows `+`, without the plus; empty where there is none.
    public var build: String

    public init(_ major: Int, _ minor: Int, _ patch: Int, prerelease: String = "", build: String = "") {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
        self.build = build
    }

    /// Reads a version with or without a leading `v`; the patch may be missing (`1.36` is 1.36.0). `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        var rest = text.first == "v" ? text.dropFirst() : text[...]
        var build = ""
        if let plus = rest.firstIndex(of: "+") {
            build = String(rest[rest.index(after: plus)...])
            rest = rest[..<plus]
        }
        var prerelease = ""
        if let dash = rest.firstIndex(of: "-") {
            prerelease = String(rest[rest.index(after: dash)...])
            rest = rest[..<dash]
        }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count) else { return nil }
        let numbers = parts.compactMap { part in part.allSatisfy(\.isASCIIDigit) ? Int(part) : nil }
        guard numbers.count == parts.count else { return nil }
        self.init(numbers[0], numbers[1], numbers.count == 3 ? numbers[2] : 0, prerelease: prerelease, build: build)
    }

    /// The minor release this belongs to: `1.20` of `1.20.2`.
    public var minorRelease: MinorRelease { MinorRelease(major: major, minor: minor) }

    public var description: String {
        "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-\(prerelease)") + (build.isEmpty ? "" : "+\(build)")
    }

    public static func < (left: Version, right: Version) -> Bool {
        let leftNumbers = (left.major, left.minor, left.patch)
        let rightNumbers = (right.major, right.minor, right.patch)
        if leftNumbers != rightNumbers { return leftNumbers < rightNumbers }
        if left.prerelease != right.prerelease {
            if left.prerelease.isEmpty { return false }
            if right.prerelease.isEmpty { return true }
            return left.prerelease < right.prerelease
        }
        return left.build < right.build
    }
}

/// A minor release: what skew rules and hops are counted in.
public struct MinorRelease: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var major: Int
    public var minor: Int

    public init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `1.21` (also `1.21.0`, `v1.21`); `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard let version = Version(text) else { return nil }
        self = version.minorRelease
    }

    public var description: String { "\(major).\(minor)" }

    /// The minor that follows this one.
    public var next: MinorRelease { MinorRelease(major: major, minor: minor + 1) }

    /// How many minors `other` is behind this one; negative when it is ahead, `nil` when the majors differ.
    public func minorsAhead(of other: MinorRelease) -> Int? {
        major == other.major ? minor - other.minor : nil
    }

    public static func < (left: MinorRelease, right: MinorRelease) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

extension Version: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder, as: "a version like 1.34.2") { Version($0) }
    }

    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}

extension MinorRelease: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder, as: "a minor release like 1.34") { MinorRelease($0) }
    }

    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}

extension Character {
    var isASCIIDigit: Bool { "0"..."9" ~= self }
}
