import Plans

/// Writes what is done for the whole cluster before the first node and after the last one.
struct PreparationWriter {
    /// What rebuilds a host or collects its store by itself.
    private static let timers = ["comin.service", "nh-clean.timer", "nix-gc.timer", "nixos-upgrade.timer"]
    /// Restarts masters' units whenever it likes, and makes a new service-account key at each start (nixpkgs 434442).
    private static let certificateManager = "certmgr.service"

    private let draft: PlanDraft
    private let nodes: [NodeName]

    init(_ draft: PlanDraft) {
        self.draft = draft
        nodes = draft.movedNodes.sorted()
    }

    func stage() -> Stage {
        Stage(
            id: "preparation", kind: .preparation, title: "build, copy, prove, lock",
            steps: systems() + [step("preparation/lock", nil, .lock, .putBack(what: "the cluster's lock"))]
                + quiet() + pause())
    }

    /// Takes back what ``stage()`` changed, in the opposite order.
    func end(wayBack: WayBack) -> Stage {
        var steps: [Step] = []
        if let hook = draft.policy.gitOpsHook {
            steps.append(step("end/resume-gitops", nil, .resumeGitOps(HookCall(hook)), .nothing))
        }
        steps += parked().map { step("end/\($0)/unpark", $0, .unpark(UnitList([Self.certificateManager])), .nothing) }
        steps += running().map { step("end/\($0.node)/start-timers", $0.node, .startTimers($0.units), .nothing) }
        steps.append(step("end/unlock", nil, .unlock, .nothing))
        return Stage(
            id: "end", kind: .end, title: "put back, unlock",
            steps: steps.map { step in
                var step = step
                step.wayBack = wayBack
                return step
            })
    }

    /// Builds first, then copies, then proofs: a build that fails has not yet cost anybody disk space.
    private func systems() -> [Step] {
        let kinds: [(String, (SystemTarget) -> Action, Undo)] = [
            ("build", Action.build, .nothing),
            (
                "copy", Action.copy,
                .putBack(
                    what: "the roots that keep the closures")
            ),
            ("prove", Action.prove, .nothing),
        ]
        return kinds.flatMap { verb, action, undo in
            draft.route.moves.filter { draft.topology.hosts[$0.node] != nil }.map { move in
                let target = SystemSource(move.hop.leg, draft.channel).target(move.offer)
                return step("preparation/\(move.hop.id)/\(move.node)/\(verb)", move.node, action(target), undo)
            }
        }
    }

    private func quiet() -> [Step] {
        running().map { node, units in
            let undo = Undo.putBack(what: units.units.joined(separator: ", "))
            return step("preparation/\(node)/stop-timers", node, .stopTimers(units), undo)
        }
            + parked().map { node in
                let undo = Undo.putBack(what: Self.certificateManager)
                return step("preparation/\(node)/park", node, .park(UnitList([Self.certificateManager])), undo)
            }
    }

    private func pause() -> [Step] {
        guard let hook = draft.policy.gitOpsHook else { return [] }
        let undo = Undo.putBack(what: "what hook \(hook) paused")
        return [step("preparation/pause-gitops", nil, .pauseGitOps(HookCall(hook)), undo)]
    }

    /// The timers that run now, on every node of the cluster: a neighbour that rebuilds itself meanwhile is no
    /// neighbour.
    private func running() -> [(node: NodeName, units: UnitList)] {
        draft.topology.names.compactMap { node in
            let units = Self.timers.filter { draft.topology.hosts[node]?.unit($0)?.isRunning == true }
            return units.isEmpty ? nil : (node, UnitList(units))
        }
    }

    /// Masters whose certificates certmgr looks after.
    private func parked() -> [NodeName] {
        draft.topology.names.filter { node in
            draft.topology.apiServerNodes.contains(node)
                && draft.topology.hosts[node]?.unit(Self.certificateManager)?.loadState == "loaded"
        }
    }

    private func step(_ id: String, _ node: NodeName?, _ action: Action, _ undo: Undo) -> Step {
        Step(id: id, node: node?.text, action: action, impact: .none, undo: undo, wayBack: .free)
    }
}
