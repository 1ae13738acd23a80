/// A program that deletes generations whenever its timer goes off, and what it leaves of those that were replaced.
struct GarbageCollector: Equatable {
    enum Fate: Equatable {
        /// No generation is deleted.
        case kept
        /// Kept for so long after it was replaced: `30d`.
        case keptFor(String)
        /// So many of the newest are kept, whatever their age.
        case newestKept(Int)
        case deleted
        case unknown
    }

    let name: String
    let timer: String
    /// What would keep the last one, in a configuration.
    let setting: String
    /// Its command with what it is told; `nil` where that could not be read.
    let command: String?
    let fate: Fate

    static func all(_ host: HostFacts) -> [GarbageCollector] {
        [nix(host.platform.garbageOptions), helper(host.platform.helperOptions)]
    }

    /// `nix-collect-garbage`: without an option it deletes no generation; `--delete-older-than` keeps what was active
    /// then (https://nix.dev/manual/nix/stable/command-ref/nix-collect-garbage).
    static func nix(_ options: String?) -> GarbageCollector {
        GarbageCollector(
            name: "nix-gc", timer: "nix-gc.timer", setting: "nix.gc.options = \"--delete-older-than 90d\";",
            command: options.map { "nix-collect-garbage \($0)" }, fate: nixFate(options))
    }

    /// `nh clean all` of `programs.nh.clean`: keeps the `--keep` newest (1 unless told) and those whose link is younger
    /// than `--keep-since` (0h unless told), https://github.com/nix-community/nh.
    static func helper(_ options: String?) -> GarbageCollector {
        GarbageCollector(
            name: "nh-clean", timer: "nh-clean.timer", setting: "programs.nh.clean.extraArgs = \"--keep 5\";",
            command: options.map { "nh clean all \($0)" }, fate: helperFate(options))
    }

    /// It may take the system that a node has just left.
    var isThreat: Bool { fate == .deleted || fate == .unknown }

    var verb: String {
        switch fate {
        case .kept: "keeps"
        case .keptFor(let age): "keeps for \(age)"
        case .newestKept(let count): "keeps, with the newest \(count),"
        case .deleted: "deletes"
        case .unknown: "may delete"
        }
    }

    var words: String {
        command.map { "it runs \($0.last == " " ? String($0.dropLast()) : $0)" }
            ?? "what it is told to delete is not known"
    }

    private static func nixFate(_ options: String?) -> Fate {
        guard let options else { return .unknown }
        let words = options.split(separator: " ").map(String.init)
        if words.contains("-d") || words.contains("--delete-old") { return .deleted }
        if let age = value(of: ["--delete-older-than"], in: words) { return .keptFor(age) }
        return words.isEmpty || words[0] == "--max-freed" && words.count == 2 ? .kept : .unknown
    }

    private static func helperFate(_ options: String?) -> Fate {
        guard let options else { return .unknown }
        let count = value(of: ["--keep", "-k"], in: options.split(separator: " ").map(String.init)) ?? "1"
        guard let count = Int(count) else { return .unknown }
        return count > 1 ? .newestKept(count) : .deleted
    }

    private static func value(of names: [String], in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if names.contains(word), index + 1 < words.count { return words[index + 1] }
            if let name = names.first(where: { word.hasPrefix($0 + "=") }) {
                return String(word.dropFirst(name.count + 1))
            }
        }
        return nil
    }
}
