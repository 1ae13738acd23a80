/// What a restore does to one host. Each step can be done again after a crash: it looks first at what is there.
public enum RestoreAction: Codable, Hashable, Sendable {
    /// Keeps units from starting, through a power cut, until the run starts them, and stops them in this order; which of
    /// them ran is remembered.
    case halt(units: [String])
    /// Brings etcd's snapshot from the archive into a folder beside the data, and compares its digest there.
    case stageSnapshot(folder: String, sha256: String, bytes: Int64)
    /// Makes a member's data from the staged snapshot, by the etcd tool of the version that will serve it.
    case makeData(member: MemberData)
    /// Moves the data that is there to `member.kupgrade-undo-RUN` and the new data to its place, by two renames.
    case swapData(member: MemberData)
    /// Moves the data of a member that is lost aside; nothing takes its place.
    case setAside(folder: String, undoName: String)
    /// Has the cluster forget a lost member and expect a new one under its name and URLs.
    case replaceMember(name: String, peerURLs: [String])
    /// Starts etcd as one that joins a cluster that is there, whatever its unit says of a new one.
    case join(initialCluster: String)
    /// Brings files from the archive into a folder that only root can enter, and compares their digests there.
    case stageFiles(folder: String, files: [FileToPut])
    /// Puts staged files in their places one by one; what was there is kept.
    case putFiles(folder: String, files: [FileToPut])
    /// Lets cfssl and certmgr make new leaf certificates while everything else is held; ends when `files` exist. `optional`:
    /// others that ended, of which nobody here says that they are used; they are waited for a little.
    case issueCertificates(folder: String, files: [String], optional: [String]? = nil)
    /// Stops units for the time of the run; which of them ran is remembered.
    case park(units: [String])
    /// Starts those again that ran.
    case unpark(units: [String])
    /// Lets only the host itself reach its apiserver, whatever still runs in containers elsewhere.
    case shield(port: Int)
    /// Ends that.
    case unshield(port: Int)
    /// Lets units start again, and starts them, without waiting for them.
    case start(units: [String])
    /// Waits for a person's yes.
    case ask(question: String)
    /// Removes what was staged, and the means of holding; what was replaced stays where it is.
    case settle(folders: [String])
}

/// One etcd member as it comes out of a snapshot.
public struct MemberData: Codable, Hashable, Sendable {
    /// Where etcd's unit has its data: `/var/lib/etcd`.
    public var dataFolder: String
    /// On the same file system; holds `snapshot.db` and, when made, `data/member`.
    public var stage: String
    /// The program's folder: `etcdutl`, or `etcdctl` before 3.5.
    public var programs: String
    public var version: String
    public var name: String
    /// `name=url,name=url`: every member.
    public var initialCluster: String
    public var peerURLs: [String]
    /// New in every restore, so that members of before cannot talk to this one.
    public var token: String
    /// By how much the revision jumps, so that no client's knowledge is newer than etcd's; `nil` where the program cannot.
    public var revisionBump: Int64?
    /// Whose files they are: `etcd:etcd`.
    public var owner: String
    /// The data that is there now is kept under this name beside it.
    public var undoName: String

    public init(
        dataFolder: String, stage: String, programs: String, version: String, name: String, initialCluster: String,
        peerURLs: [String], token: String, revisionBump: Int64?, owner: String, undoName: String
    ) {
        self.dataFolder = dataFolder
        self.stage = stage
        self.programs = programs
        self.version = version
        self.name = name
        self.initialCluster = initialCluster
        self.peerURLs = peerURLs
        self.token = token
        self.revisionBump = revisionBump
        self.owner = owner
        self.undoName = undoName
    }
}

/// A file, folder or link of an archive, and where it goes.
public struct FileToPut: Codable, Hashable, Sendable {
    /// In the archive, below the node's folder; absolute on the host: `/var/lib/cfssl/ca.pem`.
    public var path: String
    /// As names, since numbers differ between hosts.
    public var owner: String
    public var group: String
    /// Permission bits.
    public var mode: UInt32
    /// Of a file's bytes, in hex; `nil` for a link and a folder.
    public var sha256: String?
    /// What a symbolic link says; `nil` for a file and a folder.
    public var link: String?

    /// Nothing in it could be taken for something else where it is written as a line.
    public var isPlain: Bool {
        [path, owner, group, link ?? ""].allSatisfy { text in text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
    }

    public var isFolder: Bool { sha256 == nil && link == nil }

    public init(path: String, owner: String, group: String, mode: UInt32, sha256: String?, link: String?) {
        self.path = path
        self.owner = owner
        self.group = group
        self.mode = mode
        self.sha256 = sha256
        self.link = link
    }
}
