import Backups

/// What a hook noted of the volumes it backs up: `NAMESPACE/CLAIM`, a tab, and what has it now; a line for each.
enum VolumeRecord {
    private static let limit = 1 << 20

    /// A hook that no longer runs covers nothing.
    private static let oldest: Int64 = 26 * 3_600

    /// Empty where there is none, or an old one.
    static func read(_ world: World) -> [String: String] {
        guard let written = FileReader.modified("\(world.stateFolder)/volumes.tsv"),
            world.now().secondsSince1970 - written < oldest
        else { return [:] }
        let bytes = (try? FileReader.contents("\(world.stateFolder)/volumes.tsv", limit: limit)) ?? []
        return parse(String(decoding: bytes, as: UTF8.self))
    }

    static func parse(_ text: String) -> [String: String] {
        text.split(separator: "\n").reduce(into: [:]) { volumes, line in
            let words = line.split(separator: "\t", maxSplits: 1)
            if words.count == 2 { volumes[String(words[0])] = String(words[1].prefix(200)) }
        }
    }
}
