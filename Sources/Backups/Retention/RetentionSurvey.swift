public import UpgradePlanning

/// A folder of archives as it was found.
public struct RetentionSurvey: Hashable, Sendable {
    /// In any order.
    public var archives: [RetainedArchive]
    public var now: Instant
    /// `nil` before the first run.
    public var lastRun: PruneRecord?
    /// The folder holds the marker that was written when it was set up: it is no empty mount point and no other disk.
    public var isKnownPlace: Bool

    public init(archives: [RetainedArchive], now: Instant, lastRun: PruneRecord?, isKnownPlace: Bool) {
        self.archives = archives
        self.now = now
        self.lastRun = lastRun
        self.isKnownPlace = isKnownPlace
    }
}

/// One archive, with what decides about it.
public struct RetainedArchive: Hashable, Sendable {
    /// No other archive of the folder has it.
    public var name: String
    public var createdAt: Instant
    public var grade: ArchiveFacts.Grade
    /// A run that is not over needs it. It stays, and uses up no count.
    public var isPinned: Bool

    public init(name: String, createdAt: Instant, grade: ArchiveFacts.Grade, isPinned: Bool = false) {
        self.name = name
        self.createdAt = createdAt
        self.grade = grade
        self.isPinned = isPinned
    }

    /// Later first; of the same second, by name.
    static func newestFirst(_ left: RetainedArchive, _ right: RetainedArchive) -> Bool {
        (right.createdAt, right.name) < (left.createdAt, left.name)
    }
}
