import Actions
import Backups

/// What a hook noted of the volumes it backs up on this host.
enum VolumeRecord {
    /// Empty where there is none, or an old one.
    static func read(_ world: World) -> [RecordedVolume] {
        let path = "\(world.stateFolder)/volumes.tsv"
        guard let written = FileReader.modified(path),
            world.now().secondsSince1970 - written < RecordedVolume.oldest
        else { return [] }
        let bytes = (try? FileReader.contents(path, limit: RecordedVolume.limit)) ?? []
        return RecordedVolume.parse(String(decoding: bytes, as: UTF8.self))
    }
}
