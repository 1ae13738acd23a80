public import UpgradePlanning

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What became of an archive after it was made, on this host: nothing of it is signed, and nothing of it is needed to open
/// the archive.
public struct ArchiveNotes: Codable, Hashable, Sendable {
    /// When each replica was found equal, by its place.
    public var replicas: [String: Instant] = [:]
    /// When a copy that was there was found to be there no more, by the place: removed by the place's own rules, or by somebody.
    public var gone: [String: Instant]?
    /// Runs that are not over and need it.
    public var pins: [String] = []
    /// When it was last restored for a trial.
    public var drilledAt: Instant?
    /// This host made it; others' are brought here by them.
    public var isOwn: Bool?
    /// It has been in the catalog: what became of its entry since then was not this host's doing.
    public var wasListed: Bool?

    public init() {}

    /// It is at the place, or was.
    public func knows(_ place: ReplicaPlace) -> Bool {
        replicas[place.description] != nil || gone?[place.description] != nil
    }
}

extension ArchiveFolder {
    static let notes = ".notes"
    private static let notesLimit = 1 << 20

    /// Empty where there are none. Where they cannot be read, a run may need the archive: it is pinned.
    public func notes(of name: String) -> ArchiveNotes {
        guard access(notesPath(name), F_OK) == 0 else { return ArchiveNotes() }
        let bytes = (try? FileReader.contents(notesPath(name), limit: Self.notesLimit)) ?? []
        if let notes = try? JSON.decode(ArchiveNotes.self, bytes) { return notes }
        var notes = ArchiveNotes()
        notes.pins = ["notes that cannot be read"]
        return notes
    }

    /// Changes them; whoever reads meanwhile sees the old ones or the new ones. Throws ``BackupError``.
    public func note(_ name: String, _ change: (inout ArchiveNotes) -> Void) throws {
        try Self.makeFolder("\(path)/\(Self.notes)")
        let lock = open("\(path)/\(Self.notes)/.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw BackupError(.cannotWrite, "\(path)/\(Self.notes) cannot be written") }
        defer { close(lock) }
        // Two that change them at once would lose one's word, such as a pin.
        while flock(lock, LOCK_EX) != 0, errno == EINTR {}
        var notes = self.notes(of: name)
        change(&notes)
        try PartFile.replace(notesPath(name), try JSON.encode(notes))
    }

    private var programKeyPath: String { "\(path)/\(Self.notes)/program" }

    /// Of what the program beside the archives was made; empty where there is none.
    public var programKey: String {
        let bytes = (try? FileReader.contents(programKeyPath, limit: Self.notesLimit)) ?? []
        return String(decoding: bytes, as: UTF8.self)
    }

    public func keepProgramKey(_ key: String) throws(BackupError) {
        try Self.makeFolder("\(path)/\(Self.notes)")
        try PartFile.replace(programKeyPath, Array(key.utf8))
    }

    func notesPath(_ name: String) -> String { "\(path)/\(Self.notes)/\(name).json" }
}
