import ArgumentParser
import Plans
import UpgradePlanning

/// `kupgrade doctor`: what is wrong with the cluster today, whatever is planned.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what is wrong with the cluster today.",
        discussion: """
            Looks at everything and checks it, node by node: plan is about a change, doctor
            about today.

            EXAMPLES
              kupgrade doctor                      what is not as it should be
              kupgrade doctor --all                every check, with those that are well
              kupgrade doctor --facts facts.json   of recorded facts

            EXIT STATUS
              0  nothing fails (there may be warnings)
              10 no node answered                  20 something fails
            """)

    @OptionGroup var options: ClusterOptions

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output: OutputFormat = .text

    @Option(help: "Examine recorded facts (kupgrade facts -o json) instead of looking.")
    var facts: String?

    @Flag(help: "Show the checks that are well too.")
    var all = false

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        let started = ContinuousClock.now
        let seen = try await FactsSource(recorded: facts, cluster: options.cluster).facts(in: world)
        let diagnosis = Doctor.examine(seen)
        let elapsed = facts == nil ? ContinuousClock.now - started : nil
        switch output {
        case .json: world.output(try JSONText.encode(diagnosis))
        case .text:
            let same = SameOptions(cluster: options.cluster, facts: facts)
            let view = DiagnosisView(
                diagnosis: same.applied(to: diagnosis), style: world.outputStyle, showsAll: all, elapsed: elapsed,
                next: same.command("kupgrade plan"))
            world.output(view.text())
        }
        if case .nothing = Reach(seen) { throw VerbResult(status: .unreachable) }
        if diagnosis.count(.fail) > 0 { throw VerbResult(status: .refused) }
    }
}

/// Facts from a file, or from looking now.
struct FactsSource {
    var recorded: String?
    var cluster: String?

    func facts(in world: World) async throws -> ClusterFacts {
        if let recorded {
            let facts = try FactsDocument.read(world.absolute(recorded), world: world)
            if cluster != nil { _ = try FactsDocument.clusterFile(for: facts, option: cluster, world: world) }
            return facts
        }
        let file = try ClusterFileLocation.load(option: cluster, world: world)
        return try await LiveWorld(world: world, file: file).observe()
    }
}
