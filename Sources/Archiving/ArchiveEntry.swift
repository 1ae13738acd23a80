/// One thing in an archive: what `tar` keeps of a file, a folder or a symbolic link.
public struct ArchiveEntry: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Its bytes follow; so many.
        case file(size: Int64)
        case folder
        /// A symbolic link, with what it says.
        case link(String)
    }

    /// Relative, without `.`, `..` and empty parts: `nodes/grey-area/var/lib/cfssl/ca.pem`.
    public var path: String
    public var kind: Kind
    /// The permission bits, with setuid, setgid and sticky.
    public var mode: UInt32
    public var owner: String
    public var group: String
    public var ownerID: Int64
    public var groupID: Int64
    /// Seconds since 1970.
    public var modifiedAt: Int64

    public init(
        path: String, kind: Kind, mode: UInt32, owner: String = "root", group: String = "root", ownerID: Int64 = 0,
        groupID: Int64 = 0, modifiedAt: Int64
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.group = group
        self.ownerID = ownerID
        self.groupID = groupID
        self.modifiedAt = modifiedAt
    }

    /// Bytes that follow it in the archive.
    public var size: Int64 { if case .file(let size) = kind { size } else { 0 } }

    /// Whether a path stays below the folder it is unpacked in.
    public static func isSafe(_ path: String) -> Bool {
        guard !path.isEmpty, path.utf8.count <= 4_096, !path.utf8.contains(0) else { return false }
        return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".."
        }
    }
}
