public import UpgradePlanning

/// Which archives a place lacks.
public enum ReplicaPlan {
    /// What this host made, the newest first, so that what arrives before a failure is what matters most. A suspect archive
    /// is not spread; one that was at the place once is not sent again, since the place removes by its own rules, which
    /// always keep the newest: that one is sent again.
    public static func pending(
        _ archives: [ArchiveFacts], notes: (String) -> ArchiveNotes, place: ReplicaPlace
    ) -> [ArchiveFacts] {
        let ours = archives.filter { $0.grade != .suspect && notes($0.name).isOwn == true }
            .sorted { ($1.createdAt, $1.name) < ($0.createdAt, $0.name) }
        let newest = ours.first { $0.grade == .proven } ?? ours.first
        return ours.filter { archive in
            let notes = notes(archive.name)
            guard notes.replicas[place.description] == nil else { return false }
            return notes.gone?[place.description] == nil || archive.name == newest?.name
        }
    }

    /// The archives that are noted as being at the place and are not: a file is missing, or the sealed one has another size.
    ///
    /// `there`: the names of what lies at the place, with sizes in bytes; a negative one is not known.
    public static func gone(
        _ archives: [ArchiveFacts], notes: (String) -> ArchiveNotes, place: ReplicaPlace, there: [String: Int64]
    ) -> [String] {
        archives.filter { archive in
            guard notes(archive.name).replicas[place.description] != nil else { return false }
            let sealed = archive.name + ArchiveNames.sealed
            guard let size = there[sealed] else { return true }
            return size >= 0 && size != archive.size || there[sealed + ArchiveNames.signature] == nil
                || there[archive.name + ArchiveNames.entry] == nil
        }.map(\.name)
    }
}
