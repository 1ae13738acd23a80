public import AgeEncryption
import Archiving
public import Backups
import NodeAccess
import UpgradePlanning

/// Puts an archive's host into a file tree that has not been booted: `/mnt` of an installation, or a folder of extra files.
///
/// Here the host's identity goes back, too. Nothing is replaced: a tree that has etcd's data or an authority already is
/// refused.
public struct RootRestore: Sendable {
    public struct Order: Sendable {
        public var archive: RestoreArchive
        /// Of the sealed file.
        public var path: String
        public var key: AgeKey
        /// The tree's top.
        public var root: String
        /// The archive's host that goes there.
        public var node: String
        /// Folder of `etcdutl` or `etcdctl`; `nil` where the host was no member.
        public var programs: String?

        public init(
            archive: RestoreArchive, path: String, key: AgeKey, root: String, node: String, programs: String?
        ) {
            self.archive = archive
            self.path = path
            self.key = key
            self.root = root
            self.node = node
            self.programs = programs
        }
    }

    let order: Order

    public init(_ order: Order) { self.order = order }

    /// Where the host's etcd had its data.
    private var dataFolder: String {
        order.archive.manifest.nodes.first { $0.name.text == order.node }?.etcd?["ETCD_DATA_DIR"] ?? "/var/lib/etcd"
    }

    private static let fileLimit = 64 << 20

    /// The member that the host was; `nil` where it was none.
    public static func member(_ archive: RestoreArchive, _ node: String) -> String? {
        let names = archive.voters.map(\.name)
        let own = archive.manifest.nodes.first { $0.name.text == node }?.etcd?["ETCD_NAME"]
        guard let found = names.first(where: { $0 == own }) ?? names.first(where: { $0 == node }) else { return nil }
        return archive.isNamesake(node, memberName: found) ? nil : found
    }

    /// The host had an etcd, and the archive's data is another control plane's: `nil` where that cannot be told.
    public static func isOther(_ archive: RestoreArchive, _ node: String) -> Bool? {
        guard archive.snapshot != nil, member(archive, node) == nil,
            archive.manifest.nodes.first(where: { $0.name.text == node })?.etcd?["ETCD_NAME"] != nil
        else { return false }
        return archive.isOtherCluster(node) ? true : nil
    }

    /// What was placed, a sentence each. Throws `BackupError`, and what reading the archive throws.
    public func run() async throws -> [String] {
        let tree = RootTree(order.root)
        guard let isOther = Self.isOther(order.archive, order.node) else {
            throw BackupError(
                .cannotRead, "\(order.node) had an etcd, and the archive does not say which member of its data it was")
        }
        // One that was cut off goes on: what it placed is its own.
        tree.sweep()
        for path in ["\(dataFolder)/member", "/var/lib/cfssl/ca.pem"] where tree.has(path) && !tree.isOpen {
            throw BackupError(.cannotWrite, "\(order.root)\(path) is there already: only an empty tree is filled")
        }
        if Self.member(order.archive, order.node) != nil, let programs = order.programs,
            let wrote = order.archive.manifest.etcd?.version
        {
            try await Self.check(try EtcdPrograms.restoring(in: programs), wrote: wrote)
        }
        try tree.open()
        var said: [String] = []
        let owners = try owners(tree)
        let count = try place(tree, owners)
        said.append("\(Amount.count(count, "file")) of \(order.node), with its identity")
        if isOther {
            said.append("no data of etcd: the archive's is another control plane's")
        }
        // Last: a tree with the data and without the keys would boot as another cluster.
        if let member = Self.member(order.archive, order.node) {
            if !tree.has("\(dataFolder)/member") {
                do {
                    try await data(member, tree, owners)
                } catch {
                    // The snapshot is unsealed there.
                    tree.sweep()
                    throw error
                }
            }
            said.append("etcd's data of the member \(member), at revision \(order.archive.revision)")
        }
        tree.close()
        return said
    }

    /// Numbers of users and groups: the tree's own, else those that the host had, which its `/var/lib/nixos` keeps.
    private func owners(_ tree: RootTree) throws -> TreeOwners {
        var owners = TreeOwners(passwd: tree.text("/etc/passwd"), group: tree.text("/etc/group"))
        let archive = try ArchiveOpening(try FileReader(order.path), with: order.key)
        let folder = "nodes/\(order.node)/"
        while let entry = try archive.next() {
            guard entry.path.hasPrefix(folder) else { continue }
            owners.learn(entry)
        }
        return owners
    }

    /// A tool of another minor makes data that the etcd of before does not start on, or cannot read the snapshot.
    private static func check(_ tool: String, wrote: Version) async throws {
        let version = try await EtcdPrograms.version(of: tool)
        guard version.minorRelease == wrote.minorRelease else {
            throw BackupError(
                .cannotWrite,
                "\(tool) is etcd \(version), and the snapshot is of etcd \(wrote): name the folder of one of \(wrote.minorRelease) with --etcd"
            )
        }
    }

    private func data(_ member: String, _ tree: RootTree, _ owners: TreeOwners) async throws {
        guard let programs = order.programs else {
            throw BackupError(.cannotRead, "etcd's own tool is needed for its data")
        }
        let tool = try EtcdPrograms.restoring(in: programs)
        let stage = try tree.makeStage()
        let snapshot = "\(stage)/snapshot.db"
        let file = try GrowingFile(snapshot)
        try await ArchiveSource(path: order.path, key: order.key).snapshot { piece, _ in try await file.append(piece) }
        let peers = order.archive.voters
        let own = peers.first { $0.name == member }?.peerURLs ?? []
        var words = [
            "ETCDCTL_API=3", tool, "snapshot", "restore", snapshot, "--data-dir",
            "\(stage)/data", "--name", member, "--initial-cluster",
            peers.flatMap { peer in peer.peerURLs.map { "\(peer.name)=\($0)" } }.joined(separator: ","),
            "--initial-advertise-peer-urls", own.joined(separator: ","), "--initial-cluster-token",
            // The same for every member that is restored from this archive, and for no other.
            "restored-\(order.archive.entry.sha256.prefix(16))",
        ]
        if let version = order.archive.manifest.etcd?.version, RevisionBump.isKnown(to: version) {
            words += ["--bump-revision", "\(RevisionBump.unknown)", "--mark-compacted"]
        }
        let result = try await LocalProgram("/usr/bin/env", words).run(deadline: .seconds(900), outputLimit: 1 << 20)
        guard result.exitCode == 0 else {
            throw BackupError(
                .damaged, "etcd's tool does not restore it: \(result.errorOutput.split(separator: "\n").last ?? "")")
        }
        let (user, group) = owners.ids(user: "etcd", group: "etcd")
        try tree.own("\(stage)/data", user, group)
        try tree.makeFolder(dataFolder, mode: 0o700, user, group)
        try tree.move("\(stage)/data/member", to: "\(dataFolder)/member")
        tree.sweep()
    }

    private func place(_ tree: RootTree, _ owners: TreeOwners) throws -> Int {
        let archive = try ArchiveOpening(try FileReader(order.path), with: order.key)
        let wanted = Dictionary(
            (order.archive.files[order.node] ?? []).map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        let links = wanted.values.filter { $0.link != nil }.map { $0.path + "/" }
        let folder = "nodes/\(order.node)"
        var count = 0
        while let entry = try archive.next() {
            guard entry.path.hasPrefix(folder + "/") else { continue }
            let path = String(entry.path.dropFirst(folder.count))
            guard let file = wanted[path], !links.contains(where: { path.hasPrefix($0) }) else { continue }
            let (user, group) = owners.ids(user: file.owner, group: file.group)
            switch entry.kind {
            case .folder: try tree.makeFolder(path, mode: file.mode, user, group)
            case .link(let target):
                if target.hasPrefix("/run/") || target.hasPrefix("/nix/store/") { continue }
                try tree.link(path, target, user, group)
                count += 1
            case .file:
                let bytes = try archive.contents(entry, limit: Self.fileLimit)
                try tree.write(path, bytes, mode: file.mode, user, group)
                count += 1
            }
        }
        return count
    }
}

/// Numbers by names.
struct TreeOwners {
    private var users: [String: UInt32] = ["root": 0]
    private var groups: [String: UInt32] = ["root": 0]
    private let isOwn: Bool

    /// `nil`: the tree has no such file.
    init(passwd: String?, group: String?) {
        isOwn = passwd != nil
        for (text, path) in [(passwd, \TreeOwners.users), (group, \TreeOwners.groups)] {
            for line in (text ?? "").split(separator: "\n") {
                let fields = line.split(separator: ":", omittingEmptySubsequences: false)
                guard fields.count > 2, let number = UInt32(fields[2]) else { continue }
                self[keyPath: path][String(fields[0])] = number
            }
        }
    }

    /// What the host of the archive had, where the tree does not say.
    mutating func learn(_ entry: ArchiveEntry) {
        if users[entry.owner] == nil { users[entry.owner] = UInt32(clamping: entry.ownerID) }
        if groups[entry.group] == nil { groups[entry.group] = UInt32(clamping: entry.groupID) }
    }

    /// Root's, where nobody knows the name: then nobody else can read it.
    func ids(user: String, group: String) -> (UInt32, UInt32) { (users[user] ?? 0, groups[group] ?? 0) }
}
