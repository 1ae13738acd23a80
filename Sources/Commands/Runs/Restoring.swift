import Actions
import AgeEncryption
import Backups
import NodeAccess
import Observation
import Plans
import RunEngine
import UpgradePlanning

/// One restore from the look at the hosts to its end, for `restore` and `rollback`.
struct Restoring: Sendable {
    let world: World
    let choice: ArchiveChoice
    let content: RestoreArchive
    let identities: [AgeIdentity]
    /// Where they were read from, for a run that is gone on with.
    let identityPath: String?
    /// Hosts of the archive by the hosts that take their places.
    var origins: [NodeName: NodeName] = [:]
    /// Codes of refusals, and the cluster's name.
    var accept: Set<String> = []
    var yes = false
    var noPause = false
    var wholeCluster = false
    /// Prints the plan as JSON, and does nothing.
    var isPlanOnly = false
    /// Systems that hosts go back to, too.
    var systems: [NodeName: SystemTarget] = [:]
    /// What goes back to its old system is activated by this.
    var means: (@Sendable (String, Looking) -> ApplyPerformer.Means)?

    private var verb: String { systems.isEmpty ? "restore" : "rollback" }

    func run() async throws {
        let live = LiveWorld(world: world, file: choice.file)
        try await live.connected { cluster in
            let seen = try await cluster.observe(at: world.now())
            let order = try await order(seen.observation.facts, seen.ways)
            let plan = RestorePlanner.plan(order)
            if isPlanOnly { return world.output(try JSONText.encode(plan)) }
            world.output(RestorePlanView(plan: plan, style: world.outputStyle).text())
            try confirm(plan, order)
            let folder = RunFolder(state: world.stateFolder, run: order.run)
            let inputs = RunInputs(
                archive: choice.path + ArchiveNames.sealed, identity: identityPath,
                alone: choice.file.path.isEmpty ? choice.file.nodes.first?.name.text : nil)
            let digest: String
            do {
                digest = try folder.write(plan)
                try inputs.save(folder)
            } catch let error as RunError {
                throw Problem(run: error, order.run)
            }
            // A connection may end at any time, and the host with it for a moment.
            let sessions = await cluster.standing(without: Set(order.unreachable.keys.map(\.text)))
            let session = RunSession(
                world: world, file: choice.file, cluster: cluster, sessions: sessions,
                apiServer: seen.ways.apiServer,
                source: ArchiveSource(path: choice.path + ArchiveNames.sealed, key: .identities(identities)),
                means: means?(order.run, cluster), isUnattended: noPause)
            try await session.go(
                folder, plan, opening: [.opened(run: order.run, plan: digest, by: RunSession.operatorName(world))])
        }
    }

    private func order(_ facts: ClusterFacts, _ ways: ClusterObserver.Ways) async throws -> RestoreOrder {
        try await RestoreCommand.refuseForeignRuns(ways, world)
        let hosts = try await RestoreProbe.hosts(facts, ways, content.manifest, origins: origins)
        guard !hosts.isEmpty else {
            throw Problem(
                "KUP-E002", "no host can be reached",
                because: facts.nodes.compactMap { node in node.host.absence.map { "\(node.name): \($0.reason)" } },
                status: .unreachable)
        }
        let unreachable = facts.nodes.compactMap { node in node.host.absence.map { (node.name, $0.reason) } }
        let stamp = world.now().description.filter { $0 != "-" && $0 != ":" }
        var order = RestoreOrder(
            run: "\(verb)-\(stamp)", cluster: choice.file.name, archive: content, hosts: hosts,
            unreachable: Dictionary(uniqueKeysWithValues: unreachable), others: choice.others, accepted: accept,
            isUnattended: noPause, now: world.now())
        order.isWholeCluster = wholeCluster
        if let kubernetes = facts.kubernetes.value,
            kubernetes.pods.contains(where: { $0.namespace != "kube-system" })
        {
            order.used = kubernetes.askedNode
        }
        order.folders = choice.file.backup.folders
        order.systems = systems
        order.newer = await NewerObjects.count(since: content.revision, order, ways)
        return order
    }

    private func confirm(_ plan: Plan, _ order: RestoreOrder) throws {
        guard plan.blockers.isEmpty else {
            throw Problem(
                "KUP-E119", "the \(verb) is refused", because: plan.blockers.map { "\($0.code): \($0.what)" },
                state: ["nothing was touched"], next: plan.blockers.compactMap(\.remedy.first), status: .refused)
        }
        let questions = Questions(world: world)
        if plan.restore?.replacesLiveData == true, !accept.contains(order.cluster) {
            guard questions.isThere(order.cluster, "This replaces a database with data. Type the cluster's name: ")
            else {
                throw Problem(
                    "KUP-E119", "the loss of data was not accepted", state: ["nothing was touched"],
                    next: ["--accept \(order.cluster)  # in scripts"], status: .refused)
            }
            return
        }
        guard yes || questions.yes("Do it?") else {
            throw Problem(
                "KUP-E119", "nobody said yes", state: ["nothing was touched"], next: ["--yes  # in scripts"],
                status: .refused)
        }
    }
}
