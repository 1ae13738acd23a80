import Backups

/// What a hook noted of the volumes it backs up: `NAMESPACE/CLAIM`, a tab, and what has it now; a line for each.
enum VolumeRecord {
    private static let limit = 1 << 20

    /// Empty where there is none.
    static func read(_ world: World) -> [String: String] {
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
