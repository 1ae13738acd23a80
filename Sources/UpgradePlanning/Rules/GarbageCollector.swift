import Plans

/// A program that deletes generations whenever its timer goes off, and what it leaves of those that were replaced.
struct GarbageCollector: Equatable {
    enum Fate: Equatable {
        /// No generation is deleted.
        case kept
        /// Kept for so long after it was replaced: `30d`.
        case keptFor(String)
        /// Kept for so long after it was made: `30d`.
        case keptSinceMade(String)
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

    /// It may take the system that a node has just left, when it runs at `next`.
    func isThreat(madeAt: Instant?, next: Instant?) -> Bool {
        switch fate {
        case .deleted, .unknown: true
        case .kept, .keptFor, .newestKept: false
        case .keptSinceMade(let age):
            if let madeAt, let next, let seconds = Self.seconds(age) {
                next.secondsSince1970 - madeAt.secondsSince1970 >= seconds
            } else {
                true
            }
        }
    }

    var verb: String {
        switch fate {
        case .kept: "keeps"
        case .keptFor(let age): "keeps for \(age)"
        case .keptSinceMade(let age): "deletes, once it is \(age) old,"
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
        return .kept
    }

    private static func helperFate(_ options: String?) -> Fate {
        guard let options else { return .unknown }
        let words = options.split(separator: " ").map { String($0.filter { $0 != "\"" && $0 != "'" }) }
        let count = value(of: ["--keep", "-k"], in: words) ?? "1"
        guard let count = Int(count) else { return .unknown }
        if count > 1 { return .newestKept(count) }
        let since = value(of: ["--keep-since", "-K"], in: words) ?? "0h"
        return seconds(since) == 0 ? .deleted : .keptSinceMade(since)
    }

    private static let units: [(names: [String], seconds: Int64)] = [
        (["s", "sec", "secs", "second", "seconds"], 1), (["m", "min", "mins", "minute", "minutes"], 60),
        (["h", "hr", "hrs", "hour", "hours"], 3_600), (["d", "day", "days"], 86_400),
        (["w", "week", "weeks"], 7 * 86_400), (["M", "month", "months"], 2_630_016),
        (["y", "year", "years"], 31_557_600),
    ]

    /// `30d`, `2weeks`, `1d12h`, as the humantime crate reads them; `nil` for what it does not.
    static func seconds(_ text: String) -> Int64? {
        var rest = text[...]
        var sum: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(number.count)
            let name = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let value = Int64(number), value < 1_000_000,
                let unit = units.first(where: { $0.names.contains(String(name)) })
            else { return nil }
            sum += value * unit.seconds
        }
        return text.isEmpty ? nil : sum
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
