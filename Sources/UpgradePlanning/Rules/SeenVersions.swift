/// Which versions this kupgrade was tried with, and which it only knows from their source.
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
    }

    public static let kubernetes = Row(
        name: "Kubernetes", seen: minors(1, [20, 21, 22]), read: range(1, 19, 37))
    public static let etcd = Row(name: "etcd", seen: minors(3, [4, 5]), read: range(3, 3, 6))
    public static let containerd = Row(
        name: "containerd", seen: minors(1, [6]),
        read: MinorRelease(major: 1, minor: 5)...MinorRelease(major: 2, minor: 2))

    /// `0.3.1` and `7.2` are neither.
    public static func kind(of minor: MinorRelease, in row: Row) -> Kind {
        row.seen.contains(minor) ? .seen : row.read.contains(minor) ? .read : .unknown
    }

    private static func minors(_ major: Int, _ minors: [Int]) -> [MinorRelease] {
        minors.map { MinorRelease(major: major, minor: $0) }
    }

    private static func range(_ major: Int, _ first: Int, _ last: Int) -> ClosedRange<MinorRelease> {
        MinorRelease(major: major, minor: first)...MinorRelease(major: major, minor: last)
    }
}
