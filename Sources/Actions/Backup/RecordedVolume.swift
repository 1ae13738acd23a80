import Backups

/// A volume that a hook backed up, on the host that it ran on.
public struct RecordedVolume: Hashable, Sendable {
    /// `NAMESPACE/CLAIM`.
    public var claim: String
    /// The folder that was copied; `nil` where the hook did not say.
    public var folder: String?
    public var words: String

    public init(claim: String, folder: String?, words: String) {
        self.claim = claim
        self.folder = folder
        self.words = words
    }

    func covers(_ volume: Manifest.Volume) -> Bool {
        guard claim == volume.claim else { return false }
        guard let folder else { return true }
        return volume.path == folder || volume.path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
    }

    /// Where hooks note it on a host.
    static let file = "/var/lib/kupgrade/volumes.tsv"
    /// Bytes of such a file that are read.
    public static let limit = 1 << 20
    /// A hook that has not run for so many seconds covers nothing.
    public static let oldest: Int64 = 26 * 3_600

    /// `NAMESPACE/CLAIM`, a tab, the folder that was copied and another tab, and what has it now; a line for each. The folder
    /// may be left out.
    public static func parse(_ text: String) -> [RecordedVolume] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: "\t", maxSplits: 2).map(String.init)
            guard words.count > 1 else { return nil }
            return RecordedVolume(
                claim: words[0], folder: words.count == 3 ? words[1] : nil,
                words: String(words[words.count - 1].prefix(200)))
        }
    }
}
