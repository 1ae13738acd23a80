import ArgumentParser
import RunEngine

/// `kupgrade report`: what happened in a run.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Say what happened in a run: plan beside what was done.",
        discussion: """
            Of a run that ended or is open, from its journal here or on a node. --html
            writes one page that needs nothing else, to standard output.

            EXAMPLES
              kupgrade report                               the newest run of this machine
              kupgrade report --html >upgrade.html
            """)

    @OptionGroup var options: ClusterOptions

    @Argument(help: "The run; default: the newest one of this machine.")
    var run: String?

    @Flag(help: "One self-contained page.")
    var html = false

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output: OutputFormat = .text

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        guard let name = run ?? RunFolder.all(in: world.stateFolder).last?.run else {
            throw Problem("KUP-E120", "this machine has driven no run yet", next: ["kupgrade status"], status: .usage)
        }
        let found = try await RunReporter(world: world, cluster: options.cluster).find(name, isHereEnough: true)
        let history = RunHistory(found.best, named: name)
        if html { return world.output(RunPage(history: history).html()) }
        switch output {
        case .json: world.output(try JSONText.encode(history))
        case .text: world.output(RunHistoryView(history: history, style: world.outputStyle).text())
        }
    }
}
