import ArgumentParser
import Plans
import UpgradePlanning

/// `kupgrade plan`: compares what NixOS would bring with what runs, and prints the legal, ordered way there.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Print the legal, ordered way to what the channel would bring.",
        discussion: """
            Looks at the cluster, asks Nix what the flake (or channel) would bring to each
            node, and prints the plan with everything that would go wrong. Nothing is
            changed or activated, and nothing is built without --build.

            EXAMPLES
              kupgrade plan                        what the cluster file's flake brings
              kupgrade plan --channel nixos-26.05  what another nixpkgs would bring
              kupgrade plan --to 1.36.2            by version; Nix gives bridges only
              kupgrade plan --facts facts.json     from recorded facts, anywhere

            EXIT STATUS
              0  a plan was made (with --detailed-exitcode: there is nothing to do)
              1  nothing says what any node would get
              3  a plan was made of a cluster that was seen in part
              10 no node answered
              2  with --detailed-exitcode: there is something to do and nothing in the way
              20 with --detailed-exitcode: something is in the way
            """)

    @OptionGroup var options: ClusterOptions
    @OptionGroup var target: TargetOptions

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output: OutputFormat = .text

    @Option(name: .customLong("out"), help: "Write the plan as JSON to this file too; - prints it instead.")
    var file: String?

    @Option(help: "Plan from recorded facts (kupgrade facts -o json) instead of looking.")
    var facts: String?

    @Flag(
        help:
            "Exit with 2 when something is to be done, with 20 when something is in its way, and with 0 when nothing is."
    )
    var detailedExitcode = false

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        let request = try await request(in: world)
        try Task.checkCancellation()
        var plan = Planner.plan(request)
        if target.isNamed { plan.target = target.words(from: world) }
        let document = try JSONText.encode(plan)
        let isToOutput = file == "-"
        if let file, !isToOutput { try Self.write(document, to: world.absolute(file)) }
        switch isToOutput ? .json : output {
        case .json: world.output(document)
        case .text:
            let same = SameOptions(cluster: options.cluster, facts: facts, target: target.words)
            var view = PlanView(plan: same.applied(to: plan), request: request, style: world.outputStyle)
            if facts != nil { view.now = world.now() }
            world.output(view.text())
        }
        let offers = request.channel.offers.values
        if !offers.isEmpty, !detailedExitcode, offers.allSatisfy({ $0.value == nil }) {
            throw VerbResult(status: .failed)
        }
        try Self.exit(for: plan, detailed: detailedExitcode, reach: facts == nil ? Reach(request.facts) : .everything)
    }

    /// In a folder that is there: a slip in its name makes none.
    private static func write(_ document: String, to path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "/"
        guard StandardFiles.exists(folder) else {
            throw Problem(
                "KUP-E006", "the plan cannot be written", because: ["there is no folder \(folder)"], status: .usage)
        }
        try StandardFiles.replace(path, with: Array(document.utf8))
    }

    private func request(in world: World) async throws -> PlanRequest {
        let target = target
        if let facts {
            let recorded = try FactsDocument.read(world.absolute(facts), world: world)
            let cluster = try FactsDocument.clusterFile(for: recorded, option: options.cluster, world: world)
            let observer = try target.observer(cluster, world: world)
            try target.check(nodes: recorded.nodes.map(\.name))
            let channel = try await observer.observe(nodes: recorded.nodes.map(\.name), from: recorded)
            var request = PlanRequest(facts: recorded, channel: channel)
            if let cluster { request.policy = PlanPolicy(hooks: Hooks(folder: cluster.hooks, world: world)) }
            return request
        }
        let cluster = try ClusterFileLocation.load(option: options.cluster, world: world)
        let observer = try target.observer(cluster, world: world)
        try target.check(nodes: cluster.nodes.map(\.name))
        // Nix needs this host, looking needs the nodes: both at once.
        async let offered = observer.offers(nodes: cluster.nodes.map(\.name))
        let seen = try await LiveWorld(world: world, file: cluster).observe()
        let channel = try await observer.bridged(try await offered, from: seen)
        var request = PlanRequest(facts: seen, channel: channel)
        request.policy = PlanPolicy(hooks: Hooks(folder: cluster.hooks, world: world))
        return request
    }

    /// Every node was seen, as itself, and runs what it is offered.
    static func isIdle(_ plan: Plan) -> Bool {
        let codes = Set(plan.findings.map(\.code))
        return plan.stages.isEmpty && codes.contains("KUP-P001") && codes.isDisjoint(with: ["KUP-P030", "KUP-P106"])
    }

    private static func exit(for plan: Plan, detailed: Bool, reach: Reach) throws {
        if case .nothing = reach { throw VerbResult(status: .unreachable) }
        guard detailed else {
            if case .part = reach { throw VerbResult(status: .partial) }
            return
        }
        // A change that changes nothing is none of what is wrong with the cluster today.
        if isIdle(plan) { return }
        if !plan.blockers.isEmpty { throw VerbResult(status: .refused) }
        if !plan.stages.isEmpty { throw VerbResult(status: .changesPending) }
    }
}
