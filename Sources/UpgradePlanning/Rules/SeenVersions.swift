/// Which versions this kupgrade was tried with, and which it only knows from their source or documentation. The README
/// has the same table.
public enum SeenVersions {
    public enum Kind: String, Sendable, CaseIterable {
        case seen = "seen in the lab"
        case read = "read in source"
        case unknown = "not seen"
    }

    public struct Row: Sendable, Hashable {
        public let name: String
        public let seen: [MinorRelease]
        public let read: ClosedRange<MinorRelease>
        /// NixOS counts months: `25.05`.
        let hasMonths: Bool

        init(_ name: String, seen: [(Int, Int)], read: ((Int, Int), (Int, Int)), hasMonths: Bool = false) {
            self.name = name
            self.seen = seen.map { MinorRelease(major: $0.0, minor: $0.1) }
            self.read =
                MinorRelease(major: read.0.0, minor: read.0.1)...MinorRelease(major: read.1.0, minor: read.1.1)
            self.hasMonths = hasMonths
        }

        public func text(_ minor: MinorRelease) -> String {
            hasMonths && minor.minor < 10 ? "\(minor.major).0\(minor.minor)" : minor.description
        }
    }

    public static let kubernetes = Row("Kubernetes", seen: [(1, 20)], read: ((1, 19), (1, 37)))
    public static let etcd = Row("etcd", seen: [(3, 4), (3, 5)], read: ((3, 3), (3, 6)))
    public static let containerd = Row("containerd", seen: [(1, 6)], read: ((1, 5), (2, 2)))
    /// The Nix that evaluates, on the host that plans.
    public static let nix = Row("Nix", seen: [(2, 8)], read: ((2, 4), (2, 31)))
    /// In the lab: the shape of its module, units and generations, on hosts that are Debian below.
    public static let nixos = Row(
        "NixOS", seen: [], read: ((20, 9), (26, 5)), hasMonths: true)

    public static let all = [kubernetes, etcd, containerd, nix, nixos]

    /// `0.3.1` and `7.2` are neither.
    public static func kind(of minor: MinorRelease, in row: Row) -> Kind {
        row.seen.contains(minor) ? .seen : row.read.contains(minor) ? .read : .unknown
    }

    /// `26.05` of `26.05.20261003.825e202`, `21.03` of `21.03pre270000.5d6e7f8`; `nil` for anything else.
    static func release(ofNixOS version: String) -> MinorRelease? {
        let parts = version.split(separator: ".")
        guard parts.count > 1, let year = Int(parts[0]), let month = Int(parts[1].prefix(while: \.isASCIIDigit)) else {
            return nil
        }
        return MinorRelease(major: year, minor: month)
    }
}
