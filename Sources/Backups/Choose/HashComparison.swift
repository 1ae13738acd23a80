/// What comes after one round of asking the voters for the hash of a snapshot's keys. Pure.
public struct HashComparison: Sendable {
    /// How a voter answered.
    public enum Answer: Hashable, Sendable {
        case hash(UInt32, compactRevision: Int64)
        /// It has not applied that revision yet (etcd: "required revision is a future revision").
        case behind
        /// It no longer has that revision (etcd: "required revision has been compacted").
        case compacted
        case silent(reason: String)
    }

    public enum Next: Hashable, Sendable {
        case done
        /// Again at the same revision, after so many seconds.
        case again(Int)
        /// The revision is gone: compare at one that all have.
        case atCommonRevision
    }

    public var answers: [Answer]
    /// Seconds since the first round began.
    public var elapsed: Int
    /// It was the snapshot's revision that was asked for.
    public var isSnapshotRevision: Bool
    /// One that lags is waited for so long.
    public static let catchUp = 60
    /// Two that differ may have been asked while one compacted.
    public static let secondLook = 10

    public init(answers: [Answer], elapsed: Int, isSnapshotRevision: Bool) {
        self.answers = answers
        self.elapsed = elapsed
        self.isSnapshotRevision = isSnapshotRevision
    }

    public var next: Next {
        if answers.contains(.compacted) { return isSnapshotRevision ? .atCommonRevision : .done }
        if answers.contains(.behind), elapsed < Self.catchUp { return .again(2) }
        let isSame = Set(answers.filter { if case .hash = $0 { true } else { false } }).count <= 1
        let isSilent = answers.contains { if case .silent = $0 { true } else { false } }
        return (isSame && !isSilent) || elapsed >= Self.secondLook ? .done : .again(Self.secondLook)
    }
}
