public import UpgradePlanning

/// What a place lacks. Pure.
public enum ReplicaPlan {
    /// What this host made, the newest first, so that what arrives before a failure is what matters most. A suspect archive is not spread; one
    /// that was at the place once is not sent again, since the place removes by its own rules.
    public static func pending(
        _ archives: [ArchiveFacts], notes: (String) -> ArchiveNotes, place: ReplicaPlace
    ) -> [ArchiveFacts] {
        archives.filter { archive in
            let notes = notes(archive.name)
            return archive.grade != .suspect && notes.isOwn == true && notes.replicas[place.description] == nil
        }
        .sorted { ($1.createdAt, $1.name) < ($0.createdAt, $0.name) }
    }
}
