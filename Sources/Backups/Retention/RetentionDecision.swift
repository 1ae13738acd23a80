/// What becomes of a folder's archives.
public enum RetentionDecision: Hashable, Sendable {
    /// Something is odd: nothing may be removed.
    case refused(RetentionRefusal)
    /// Each archive once, newest first.
    case decided([RetentionVerdict])

    /// The same, but every proven archive stays: there is no new one.
    public var sparingProven: RetentionDecision {
        guard case .decided(let verdicts) = self else { return self }
        return .decided(
            verdicts.map { verdict in
                guard verdict.fate == .remove, verdict.archive.grade == .proven else { return verdict }
                return RetentionVerdict(verdict.archive, .keep, ["no newer one is proven"])
            })
    }
}

/// What becomes of one archive, and why.
public struct RetentionVerdict: Hashable, Sendable {
    public enum Fate: String, Hashable, Sendable {
        case keep, remove
    }

    public let archive: RetainedArchive
    public let fate: Fate
    /// Every reason for it, never none: `last 1`, `daily 2026-11-22`, `not proven: 2 of 3`.
    public let reasons: [String]

    init(_ archive: RetainedArchive, _ fate: Fate, _ reasons: [String]) {
        self.archive = archive
        self.fate = fate
        self.reasons = reasons
    }
}
