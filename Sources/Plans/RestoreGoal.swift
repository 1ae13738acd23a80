/// What a restore brings back, and what it takes away: for the first lines of its plan.
public struct RestoreGoal: Codable, Hashable, Sendable {
    /// The archive's name, without its suffix.
    public var archive: String
    /// Of the sealed file, in hex.
    public var sha256: String
    /// RFC 3339 in UTC.
    public var createdAt: String
    public var grade: String
    public var revision: Int64
    public var keys: Int
    public var kubernetes: String?
    public var etcd: String?
    /// What every host has now, a sentence each.
    public var found: [String]
    /// What is lost, a sentence each; empty where nothing is known to be.
    public var lost: [String]
    /// What of the archive is not put back, and why.
    public var leftOut: [String]
    /// Volumes on hosts' disks, and whether they are there.
    public var volumes: [String]
    /// A database that people use is replaced: the cluster's name must be typed.
    public var replacesLiveData: Bool
    /// Hosts of the archive by the hosts that take their places; only where they differ. Another machine that goes on with
    /// the run reads it here.
    public var origins: [String: String]

    public init(
        archive: String, sha256: String, createdAt: String, grade: String, revision: Int64, keys: Int,
        kubernetes: String?, etcd: String?, found: [String], lost: [String], leftOut: [String], volumes: [String],
        replacesLiveData: Bool, origins: [String: String] = [:]
    ) {
        self.origins = origins
        self.archive = archive
        self.sha256 = sha256
        self.createdAt = createdAt
        self.grade = grade
        self.revision = revision
        self.keys = keys
        self.kubernetes = kubernetes
        self.etcd = etcd
        self.found = found
        self.lost = lost
        self.leftOut = leftOut
        self.volumes = volumes
        self.replacesLiveData = replacesLiveData
    }
}
