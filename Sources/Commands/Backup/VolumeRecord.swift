import Actions
import Backups

/// What a hook noted of the volumes it backs up: `NAMESPACE/CLAIM`, a tab, the folder that was copied and another tab, and
/// what has it now; a line for each. The folder may be left out.
enum VolumeRecord {
    private static let limit = 1 << 20

    /// A hook that no longer runs covers nothing.
    private static let oldest: Int64 = 26 * 3_600

    /// Empty where there is none, or an old one.
    static func read(_ world: World) -> [RecordedVolume] {
        guard let written = FileReader.modified("\(world.stateFolder)/volumes.tsv"),
            world.now().secondsSince1970 - written < oldest
        else { return [] }
        let bytes = (try? FileReader.contents("\(world.stateFolder)/volumes.tsv", limit: limit)) ?? []
        return parse(String(decoding: bytes, as: UTF8.self))
    }

    static func parse(_ text: String) -> [RecordedVolume] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: "\t", maxSplits: 2).map(String.init)
            guard words.count > 1 else { return nil }
            return RecordedVolume(
                claim: words[0], folder: words.count == 3 ? words[1] : nil,
                words: String(words[words.count - 1].prefix(200)))
        }
    }
}
