import ArgumentParser
import UpgradePlanning

/// `kupgrade backup status`: whether backups still happen, for people and monitors.
struct BackupStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say how old the newest proven archive is.",
        discussion: """
            One line that a monitor can show.

            EXIT STATUS
              0  fresh    1  stale, or there is none
            """)

    @OptionGroup var options: ClusterOptions

    @Option(help: "How old it may be: 26h, 90m, 2d.")
    var maxAge: Age = Age(seconds: 26 * 3_600)

    func run() throws { try run(in: options.world) }

    func run(in world: World) throws {
        let entries = try BackupCatalog(option: options.cluster, world: world).entries()
        let line = Self.line(entries, now: world.now(), limit: maxAge.seconds)
        world.output(line.text + "\n")
        if !line.isFresh { throw VerbResult(status: .failed) }
    }

    /// Pure, so that every word can be tested.
    static func line(_ entries: [ArchiveFacts], now: Instant, limit: Int64) -> (text: String, isFresh: Bool) {
        guard let newest = entries.first(where: { $0.grade == .proven }) else {
            let others = entries.isEmpty ? "no archive" : "no proven archive among \(entries.count)"
            return ("STALE: there is \(others)", false)
        }
        let age = now.secondsSince1970 - newest.createdAt.secondsSince1970
        let words = "\(newest.name) is \(Amount.duration(max(0, age))) old, limit \(Amount.duration(limit))"
        if age < -600 { return ("STALE: \(newest.name) is from the future: the clock is wrong", false) }
        return age <= limit ? ("OK: \(words)", true) : ("STALE: \(words)", false)
    }

    /// A time as people write it.
    struct Age: ExpressibleByArgument {
        var seconds: Int64

        init(seconds: Int64) { self.seconds = seconds }

        init?(argument: String) {
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
            guard let unit = argument.last.flatMap({ units[$0] }), let count = Int64(argument.dropLast()),
                (1...1_000_000).contains(count)
            else { return nil }
            seconds = count * unit
        }

        var defaultValueDescription: String { "\(seconds / 3_600)h" }
    }
}
