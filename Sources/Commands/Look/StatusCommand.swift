import ArgumentParser
import UpgradePlanning

/// `kupgrade status`: cluster and nodes now, on one screen.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the cluster and its nodes as they are now.",
        discussion: """
            One line for each node, and what the cluster lives from. For all that is known
            see facts, for what is wrong see doctor. With a run: how far it got, what it
            has changed, where its journal is, and what to type.

            EXIT STATUS
              0  everything answered    3  some of it did    10  no node answered
            """)

    @OptionGroup var options: ClusterOptions

    @Argument(help: "A run, to see that instead of the cluster.")
    var run: String?

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output: OutputFormat = .text

    @Option(help: "Show recorded facts (kupgrade facts -o json) instead of looking.")
    var facts: String?

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        if let run { return try await show(run, in: world) }
        let seen = try await FactsSource(recorded: facts, cluster: options.cluster).facts(in: world)
        var status = ClusterStatus(seen)
        if facts == nil {
            status.openRuns = Set(status.openRuns + OpenRuns.here(world).map(\.name)).sorted()
        }
        switch output {
        case .json: world.output(try JSONText.encode(status))
        case .text:
            let same = SameOptions(cluster: options.cluster, facts: facts)
            world.output(StatusView(status: status, style: world.outputStyle, same: same).text())
        }
        switch Reach(seen) {
        case .everything: return
        case .part: throw VerbResult(status: .partial)
        case .nothing: throw VerbResult(status: .unreachable)
        }
    }

    private func show(_ name: String, in world: World) async throws {
        let report = try await RunReporter(world: world, cluster: options.cluster).report(name)
        switch output {
        case .json: world.output(try JSONText.encode(report))
        case .text: world.output(RunView(report: report, now: world.now(), style: world.outputStyle).text())
        }
    }
}

/// What the status screen says, as a value.
struct ClusterStatus: Encodable {
    struct Node: Encodable {
        var name: String
        /// `Ready`, `not ready`, `not seen`, `no node`; with `cordoned` behind it.
        var state: String
        var kubernetes: String?
        var etcd: String?
        var nixos: String?
        var generation: Int?
        /// Pods on it.
        var pods: Int?
        var failedUnits: Int?
    }

    var cluster: String
    var observedAt: String
    var nodes: [Node]
    /// Members that answer, of how many.
    var etcdMembers: Int
    var etcdVoters: Int
    var etcdLeader: String?
    /// Members that answer and know no leader: they serve nobody.
    var etcdLeaderless: [String]
    /// More than one where masters do not share their etcd.
    var etcdClusters: Int
    var apiServersReady: Int
    /// Why the kubeconfig's server was passed over; absent where it was not.
    var kubeconfigFailure: String?
    var apiServers: Int
    /// Runs that have a host's lock, or left a mark on a node.
    var openRuns: [String]
    /// The newest proven archive's age in seconds.
    var archiveAge: Int64?
    /// Findings of ``Doctor`` by severity.
    var fails: Int
    var warnings: Int

    init(_ facts: ClusterFacts) {
        let objects = facts.kubernetes.value?.nodes ?? []
        let diagnosis = Doctor.examine(facts)
        let members = facts.etcd.compactMap { endpoint in endpoint.status.value.map { (endpoint.node, $0) } }
        let leader = members.compactMap(\.1.leaderID).first
        cluster = facts.cluster
        observedAt = facts.observedAt.description
        nodes = facts.nodes.map { node in
            ClusterStatus.Node(
                node, facts, objects.first { $0.name == node.name.text || $0.name.hasPrefix(node.name.text + ".") })
        }
        etcdMembers = members.count
        // Members that do not answer are still members, where anything is known of them.
        etcdVoters = max(members.map { $0.1.members.filter { !$0.isLearner }.count }.max() ?? 0, facts.etcd.count)
        etcdLeader = members.first { $0.1.memberID == leader }?.0.text
        etcdLeaderless = members.filter { $0.1.leaderID == nil }.map(\.0.text).sorted()
        etcdClusters = facts.etcdClusterCount
        apiServers = facts.apiServers.count
        kubeconfigFailure = facts.kubernetes.value?.passedOver
        apiServersReady = facts.apiServers.filter { $0.status.value?.notReady.isEmpty == true }.count
        openRuns = Set(objects.compactMap(\.cordonedByRun) + facts.nodes.compactMap { $0.host.value?.openRun }).sorted()
        archiveAge = facts.archives.value?.filter { $0.grade == .proven }.map(\.createdAt).max().map {
            facts.observedAt.secondsSince1970 - $0.secondsSince1970
        }
        fails = diagnosis.count(.fail)
        warnings = diagnosis.count(.warn)
    }
}

extension ClusterStatus.Node {
    init(_ node: NodeFacts, _ facts: ClusterFacts, _ object: NodeObjectFacts?) {
        let host = node.host.value
        var words: [String] = []
        if let object { words.append(object.isReady ? "Ready" : "not ready") }
        if object?.isUnschedulable == true { words.append("cordoned") }
        if host == nil { words.append("not seen") }
        if words.isEmpty { words.append(facts.kubernetes.value == nil ? "-" : "no node") }
        let pods = facts.kubernetes.value?.pods
        self.init(
            name: node.name.text, state: words.joined(separator: ", "),
            kubernetes: (object?.kubeletVersion ?? host?.component(.kubelet)?.version)?.description,
            etcd: facts.etcd.first { $0.node == node.name }?.status.value?.version.description,
            nixos: host?.nixosVersion, generation: host?.generations.profileNumber,
            pods: object.flatMap { object in pods?.filter { $0.nodeName == object.name }.count },
            failedUnits: host?.failedUnits.count)
    }
}
