import ArgumentParser
import FoundationEssentials
import Observation
import UpgradePlanning

/// `kupgrade init`: finds a cluster and writes a cluster file for it.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Find a cluster and write a cluster file for it.",
        discussion: """
            Asks the cluster for its nodes, through a kubeconfig or a master that you can
            ssh to, tries which of their addresses answer, and writes a commented file. An
            existing file is never overwritten.

            EXAMPLES
              kupgrade init --node grey-area         from a master, over ssh
              kupgrade init --kubeconfig admin.conf  from a kubeconfig
              kupgrade init --node root@10.0.0.11 --out /etc/kupgrade/cluster.yaml
            """)

    @Option(help: "A master to ask, as ssh takes it; local for this host.")
    var node: String?

    @Option(help: "A kubeconfig to ask with; default: $KUBECONFIG, ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "What to call the cluster.")
    var name = "home"

    @Option(help: ArgumentHelp("An ssh configuration instead of your own.", valueName: "file"))
    var sshConfig: String?

    @Option(help: "Where to write; - for standard output.")
    var out = "kupgrade.yaml"

    func run() async throws { try await run(in: World.live()) }

    func run(in world: World) async throws {
        let path = out == "-" ? nil : world.absolute(out)
        if let path, StandardFiles.exists(path) {
            throw Problem(
                "KUP-E060", "\(path) exists and is left as it is",
                next: ["kupgrade init --out -  # prints it instead", "kupgrade config explain"], status: .usage)
        }
        guard ClusterFileReader.isName(name) else {
            throw Problem(
                "KUP-E008", "--name \(name) is no name of a cluster",
                because: ["letters, digits, -, _ and . make one"], next: ["kupgrade init --name home"], status: .usage)
        }
        let found = try await ClusterSearch(command: self, world: world).search()
        let text = ClusterFileText(found).text()
        // What is written must be readable.
        _ = try ClusterFileReader(path: path ?? world.workingDirectory + "/kupgrade.yaml").read(text)
        guard let path else { return world.output(text) }
        try StandardFiles.create(path, with: Array(text.utf8), mode: 0o644)
        world.messages("wrote \(path): \(Amount.count(found.nodes.count, "node"))")
        world.messages("Next: kupgrade doctor\(out == "kupgrade.yaml" ? "" : " -f \(out)")")
    }
}
