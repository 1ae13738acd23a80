public import UpgradePlanning

/// `proof.json`, near the end of an archive: what was found out while it was made.
public struct ProofRecord: Codable, Hashable, Sendable {
    /// What a member said of all keys up to the snapshot's revision.
    public struct MemberHash: Codable, Hashable, Sendable {
        /// The node that runs it; where none does, the member's own name or id.
        public var member: String
        public var hash: UInt32?
        public var compactRevision: Int64?
        /// Why there is no hash.
        public var reason: String?
        /// What was compared, where it is not the snapshot's own revision: that one was compacted away meanwhile.
        public var revision: Int64?

        public init(
            member: String, hash: UInt32? = nil, compactRevision: Int64? = nil, reason: String? = nil,
            revision: Int64? = nil
        ) {
            self.revision = revision
            self.member = member
            self.hash = hash
            self.compactRevision = compactRevision
            self.reason = reason
        }
    }

    public var revision: Int64
    public var compactRevision: Int64
    public var keys: Int
    /// etcd's own SHA-256 of the database.
    public var digest: String
    public var hashes: [MemberHash]
    /// `aescbc key1`: what reading the values needs.
    public var encryptionKeys: [String]
    /// Before it was read back.
    public var grade: ArchiveFacts.Grade
    public var reasons: [String]

    public init(
        revision: Int64, compactRevision: Int64, keys: Int, digest: String, hashes: [MemberHash],
        encryptionKeys: [String], grade: ArchiveFacts.Grade, reasons: [String]
    ) {
        self.revision = revision
        self.compactRevision = compactRevision
        self.keys = keys
        self.digest = digest
        self.hashes = hashes
        self.encryptionKeys = encryptionKeys
        self.grade = grade
        self.reasons = reasons
    }
}
