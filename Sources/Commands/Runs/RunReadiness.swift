import Actions
import NodeAccess
import Plans
import UpgradePlanning

/// Whether a run could go on from this machine: `resume --check`.
struct RunReadiness {
    let file: ClusterFile
    let run: RunFinder.Found
    let signingKey: String
    /// Points at which this machine must have a program of the user.
    let hooks: [String]
    let world: World

    /// Throws ``Problem`` where a node that the run is about cannot be reached from here, the cluster file is another
    /// cluster's, or the backup that is still to be made could not be.
    func check(_ sessions: [NodeName: any NodeSession]) throws {
        let plan = run.run.plan
        guard file.name == plan.cluster else {
            throw refused("\(file.path) is of the cluster \(file.name), and the run of \(plan.cluster)")
        }
        let reached = Set(sessions.keys.map(\.text))
        let wanted = Set(plan.steps.compactMap(\.node)).union(file.nodes.map(\.name.text))
        let missing = wanted.subtracting(reached).sorted()
        guard missing.isEmpty else {
            throw refused("\(missing.joined(separator: ", ")) cannot be reached from \(HostName.own)")
        }
        let here = Hooks(folder: file.hooks, world: world)
        if let point = hooks.first(where: { name in RunHook.Point(rawValue: name).map(here.has) != true }) {
            throw refused("\(HostName.own) has no hook for \(point), and the machine that planned it has")
        }
        let state = run.run.state
        let makesBackup = zip(state.steps, state.states).contains { step, standing in
            if case .done = standing { return false }
            if case .backUp = step.action { return true }
            return false
        }
        if makesBackup { try RunBackup(world: world, file: file, run: run.name, signingKey: signingKey).check() }
        world.output("\(run.name) can go on from \(HostName.own)\n")
    }

    private func refused(_ why: String) -> Problem {
        Problem(
            "KUP-E130", "\(run.name) cannot go on from \(HostName.own)", because: [why], state: ["nothing was done"],
            status: .refused)
    }
}
