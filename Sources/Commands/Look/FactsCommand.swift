import ArgumentParser
import Observation
import UpgradePlanning

/// `kupgrade facts`: looks at the cluster and prints all that was seen.
struct FactsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "facts",
        abstract: "Look at the whole cluster and print what was seen.",
        discussion: """
            Asks every node (over ssh), every etcd member and every apiserver at the same
            time. What does not answer is printed with its reason; the exit status is then
            3, and 10 when no node answered at all.

            EXAMPLES
              kupgrade facts                       a summary
              kupgrade facts -o json >facts.json   everything, for plan --facts
            """)

    @OptionGroup var options: ClusterOptions

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output: OutputFormat = .text

    func run() async throws {
        try await run(in: options.world)
    }

    func run(in world: World) async throws {
        let file = try ClusterFileLocation.load(option: options.cluster, world: world)
        let facts = try await LiveWorld(world: world, file: file).observe()
        switch output {
        case .json: world.output(try FactsDocument.encode(facts))
        case .text: world.output(FactsView(facts: facts, style: world.outputStyle).text())
        }
        switch Reach(facts) {
        case .everything: return
        case .part: throw VerbResult(status: .partial)
        case .nothing: throw VerbResult(status: .unreachable)
        }
    }
}

/// How much of a cluster answered.
enum Reach {
    case everything, part, nothing

    init(_ facts: ClusterFacts) {
        let answered = facts.nodes.filter { $0.host.value != nil }.count
        let isWhole =
            answered == facts.nodes.count && facts.etcd.allSatisfy { $0.status.value != nil }
            && facts.apiServers.allSatisfy { $0.status.value?.kubeSystemUID.value != nil }
            && facts.kubernetes.value != nil
        self = isWhole ? .everything : answered == 0 ? .nothing : .part
    }
}
